/**
 * Promise 4: whoever reads the context gets one version of it, whole. What each version holds is worked out here from the
 * commits that took effect, leaf by leaf.
 */
import type { ContextWrite, WorkflowJson } from '@tutti/contracts';
import type { Seen } from '@tutti/testkit/simulation';
import { decidedIn, writeOf } from './decided.ts';
import { type Checker, type Evidence, when } from './evidence.ts';
import { marred } from './lost.ts';

export const snapshotsAreWhole: Checker = (evidence) => {
  const { observations } = evidence;
  const contexts = contextsOf(observations);
  // A version of a context that has lost records for good is made again, of other writes.
  for (const run of marred(evidence, 'ctx')) contexts.delete(run);
  return observations.flatMap((seen) => ('message' in seen ? tornOf(contexts, seen) : []));
};

type Leaves = ReadonlyMap<string, unknown>;
type Writes = readonly ContextWrite[];

/** The versions of one run's context, as far as their commits were seen. */
class Versions {
  readonly #writes = new Map<number, Writes>();
  readonly #leaves: Leaves[] = [new Map()];

  learn(version: number, writes: Writes): void {
    if (!this.#writes.has(version)) this.#writes.set(version, writes);
  }

  /** Undefined when a commit before it was not seen: its answer was never given. */
  at(version: number): Leaves | undefined {
    for (let v = this.#leaves.length; v <= version; v++) {
      const writes = this.#writes.get(v);
      if (writes === undefined) return undefined;
      this.#leaves.push(written(this.#leaves[v - 1] ?? new Map(), writes));
    }
    return this.#leaves[version];
  }
}

function written(before: Leaves, writes: Writes): Leaves {
  const after = new Map(before);
  for (const write of writes) {
    for (const path of [...after.keys()]) if (isWithin(write.path, path)) after.delete(path);
    if (write.op === 'set') for (const [path, value] of leavesOf(write.path, write.value)) after.set(path, value);
  }
  return after;
}

const isWithin = (root: string, path: string): boolean => path === root || path.startsWith(`${root}/`);

function* leavesOf(path: string, value: WorkflowJson): Generator<[string, unknown]> {
  if (typeof value !== 'object' || value === null) return yield [path, value];
  for (const [key, below] of Object.entries(value)) yield* leavesOf(`${path}/${key}`, below);
}

function contextsOf(observations: Evidence['observations']): Map<string, Versions> {
  const contexts = new Map<string, Versions>();
  for (const seen of observations) {
    if (seen.kind !== 'answered' || seen.message.type !== 'context.committed') continue;
    if (seen.request?.type !== 'context.commit') continue;
    const { run, writes } = seen.request;
    // An answer to a repeated commit tells of the writes of the first one, which may have been another attempt's.
    if (seen.message.duplicate && seen.message.epoch !== seen.request.epoch) continue;
    const effective = new Set(seen.message.paths);
    const versions = contexts.get(run) ?? new Versions();
    versions.learn(
      seen.message.version,
      writes.filter(({ path }) => effective.has(path)),
    );
    contexts.set(run, versions);
  }
  for (const decided of decidedIn({ observations })) {
    const write = writeOf(decided);
    const { version } = decided.resolved;
    if (write !== undefined && version !== undefined) contexts.get(decided.run)?.learn(version, [write]);
  }
  return contexts;
}

interface Given {
  readonly run: string;
  readonly version: number;
  readonly paths: readonly string[];
  readonly values: Readonly<Record<string, WorkflowJson>>;
}

/** The view that a message gives of the context, with the paths that were asked for. */
function givenBy({ kind, message, request }: Seen): Given | undefined {
  if (kind !== 'answered') return undefined;
  if (request?.type === 'context.read' && message.type === 'context.snapshot')
    return { run: request.run, paths: request.paths, version: message.version, values: message.values };
  if (request?.type === 'context.commit' && message.type === 'context.committed' && message.view !== undefined)
    return { run: request.run, ...message.view };
  return undefined;
}

function tornOf(contexts: ReadonlyMap<string, Versions>, seen: Seen): readonly string[] {
  const { at, process, kind, message } = seen;
  if (kind === 'sent' && message.type === 'attempt.run') return inputOf(contexts, at, message);
  const given = givenBy(seen);
  const leaves = given === undefined ? undefined : contexts.get(given.run)?.at(given.version);
  if (given === undefined || leaves === undefined) return [];
  return given.paths.flatMap((path) => {
    const expected = [...leaves].filter(([leaf]) => isWithin(path, leaf) && !isInput(leaf));
    const value = given.values[path];
    const got = new Map(value === undefined ? [] : [...leavesOf(path, value)].filter(([leaf]) => !isInput(leaf)));
    const isSame = expected.length === got.size && expected.every(([leaf, text]) => got.get(leaf) === text);
    return isSame
      ? []
      : [`${when(at)}: ${process} gave ${path} of ${given.run} not as version ${given.version} has it`];
  });
}

/** What a run was given stands there before any commit. */
const isInput = (leaf: string): boolean => leaf.startsWith('/inputs/');

/** Texts that agents wrote, and that stand in the input of an order, are those of the version that it names. */
function inputOf(
  contexts: ReadonlyMap<string, Versions>,
  at: number,
  { run, step, base, input }: { run: string; step: string; base: number; input: WorkflowJson },
): readonly string[] {
  const leaves = contexts.get(run)?.at(base);
  if (leaves === undefined) return [];
  const known = new Set(leaves.values());
  return [...leavesOf('', input)].flatMap(([, text]) => {
    const isWritten = typeof text === 'string' && text.startsWith(`${run}/`);
    return isWritten && !known.has(text)
      ? [`${when(at)}: ${run}/${step} was ordered with "${text.slice(0, 80)}", not of version ${base}`]
      : [];
  });
}
