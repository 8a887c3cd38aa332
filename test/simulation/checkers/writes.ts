/**
 * Promise 3: a context write that was acknowledged is in the final value, at the place where it was written, or in a conflict
 * record of that place, or a later commit that had seen it replaced it, or a person who was shown it decided otherwise. And one
 * version is one commit.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Conflict, ContextWrite, MessageOf } from '@tutti/contracts';
import { conflictsTold, type Decided, decidedIn, writeOf } from './decided.ts';
import { type Checker, contextOf, type Evidence } from './evidence.ts';
import { marred } from './lost.ts';

interface Commit {
  readonly request: Pick<MessageOf<'context.commit'>, 'run' | 'step' | 'epoch' | 'base' | 'writes'>;
  readonly version: number;
}

/** What a person takes is a write of his own. */
function decisionsOf(decided: readonly Decided[]): readonly Commit[] {
  return decided.flatMap((each) => {
    const { run, conflict, resolved, over } = each;
    const [write, { version }] = [writeOf(each), resolved];
    if (write === undefined || version === undefined) return [];
    const step = `decision about ${conflict.id}`;
    return [{ request: { run, step, epoch: 0, base: over, writes: [write] }, version }];
  });
}

function commitsOf({ observations }: Evidence): readonly Commit[] {
  return observations.flatMap((seen) => {
    if (seen.kind !== 'answered' || seen.message.type !== 'context.committed' || seen.message.duplicate) return [];
    return seen.request?.type === 'context.commit' ? [{ request: seen.request, version: seen.message.version }] : [];
  });
}

type SetWrite = Extract<ContextWrite, { op: 'set' }>;

const overlaps = (a: string, b: string): boolean => a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`);

/** What was asked of a context: whoever wrote on a version had seen it, and all before it. */
type Asked = Pick<MessageOf<'context.commit'>, 'run' | 'base' | 'writes'>;

/** Every commit that took effect, with those of which the journal alone knows: their answers were never given. */
const askedIn = ({ journals }: Evidence, commits: readonly Commit[]): readonly Asked[] => [
  ...commits.map(({ request }) => request),
  ...journals
    .filter(({ key }) => key.startsWith('ctx.'))
    .flatMap(({ records }) => records.flatMap(({ events }) => events))
    .flatMap((event) => (event.type === 'context.commit' ? [event as unknown as Asked] : [])),
];

const isReplaced = (asked: readonly Asked[], { request, version }: Commit, { path }: ContextWrite): boolean =>
  asked.some(
    ({ run, base, writes }) =>
      run === request.run && base >= version && writes.some((write) => overlaps(write.path, path)),
  );

/**
 * Whether a value stands where it was written, or is the refused side of a conflict about that place: the other side has to stand.
 * Anywhere is not enough: an agent that writes its result where others write as well has it in two places, and one of them may be
 * lost.
 */
function isKept(tree: unknown, told: readonly Conflict[], { path, value }: SetWrite) {
  const refused = told.filter((conflict) => overlaps(conflict.path, path)).map((conflict) => conflict.refused);
  return JSON.stringify([valueAt(tree, path), refused]).includes(JSON.stringify(value));
}

/** Whether a person was shown the value, as one side of a conflict about its place, and took something else. */
const isDecided = (decided: readonly Decided[], { request, version }: Commit, { path, value }: SetWrite): boolean =>
  decided.some(({ run, conflict: { path: place, kept, refused }, resolved }) => {
    if (run !== request.run || resolved.version === undefined || resolved.version <= version) return false;
    return overlaps(place, path) && JSON.stringify([kept, refused]).includes(JSON.stringify(value));
  });

/** By a JSON pointer. */
const valueAt = (tree: unknown, path: string): unknown =>
  path
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((at, key) => (at as Readonly<Record<string, unknown>> | null | undefined)?.[key], tree);

/** Whether the writer wrote what it had read there: the merge takes that for no change. */
function isNoNews(commits: readonly Commit[], { request, version }: Commit, wanted: ContextWrite): boolean {
  const { run, base } = request;
  const last = commits
    .filter((c) => c.request.run === run && c.version <= base && c.version < version)
    .sort((a, b) => a.version - b.version)
    .findLast((c) => c.request.writes.some(({ path }) => overlaps(path, wanted.path)));
  const written = last?.request.writes.find(({ path }) => path === wanted.path);
  return written !== undefined && isDeepStrictEqual(written, wanted);
}

export const noWriteIsLost: Checker = (evidence) => {
  // What a context has lost for good is not there, and its versions are given again.
  const lost = marred(evidence, 'ctx');
  const decided = decidedIn(evidence);
  const all = [...commitsOf(evidence), ...decisionsOf(decided)];
  const commits = all.filter(({ request }) => !lost.has(request.run));
  const asked = askedIn(evidence, commits);
  // Those in a store that is made again from its journal say nothing: what makes it is the engine, and not as it was when it ran.
  const told = conflictsTold(evidence);
  const wrong: string[] = [];
  const versions = new Map<string, string>();
  for (const commit of commits) {
    const { run, step, epoch, writes } = commit.request;
    const key = `version ${commit.version} of ${run}`;
    const name = `${step}/${epoch}`;
    const other = versions.get(key) ?? name;
    if (other !== name) wrong.push(`${key} was given to ${other} and to ${name}`);
    versions.set(key, other);
    const end = evidence.runs.find((r) => r.run === run);
    const tree = end?.context ?? contextOf(evidence, run)?.tree;
    for (const write of writes) {
      if (write.op !== 'set' || isKept(tree, told.get(run) ?? [], write)) continue;
      if (isDecided(decided, commit, write)) continue;
      if (!isReplaced(asked, commit, write) && !isNoNews(commits, commit, write))
        wrong.push(`${key}: ${write.path} of ${name} is gone: ${JSON.stringify(write.value)}`);
    }
  }
  return wrong;
};
