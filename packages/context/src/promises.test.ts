/** The promises of the store, held against random histories: 3 (no acknowledged write is lost) and 4 (whole snapshots). */
import type { Body, Committed, WorkflowJson } from '@tutti/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isObject, type JsonObject, type Maybe, sameContent } from './content.ts';
import { contextOptions } from './options.ts';
import { covers, keysOf } from './path.ts';
import { commit, openFirst, read } from './policy.ts';
import { type ContextState, headOf, unopened } from './state.ts';
import { valueAt } from './tree.ts';

type Write = Body<'context.commit'>['writes'][number];
interface Turn {
  readonly writes: readonly Write[];
  /** How many versions ago its writer read. */
  readonly lag: number;
}

const { value } = fc.letrec<{ value: WorkflowJson }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 2 },
    fc.nat(3),
    fc.constantFrom<WorkflowJson>(null, 'x'),
    fc.array(fc.nat(2), { maxLength: 2 }),
    fc.dictionary(fc.constantFrom('a', 'b'), tie('value'), { maxKeys: 2 }),
  ),
}));
const path = fc.constantFrom('/a', '/b', '/a/a', '/a/b', '/b/a', '/a/a/b', '/c', '/a/0', '/a/-', '/c/-', '/c/0');
const write: fc.Arbitrary<Write> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ op: fc.constant('set' as const), path, value }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('delete' as const), path }) },
);
const turn: fc.Arbitrary<Turn> = fc.record({ writes: fc.array(write, { minLength: 1, maxLength: 3 }), lag: fc.nat(5) });

const fresh = (limits: object = {}, initial: JsonObject = { a: { a: 1, b: 2 }, c: [1] }): ContextState =>
  openFirst(unopened({ run: 'r1', limits: contextOptions.parse({ limits }).limits }), {
    ...{ type: 'context.open', run: 'r1', ownerEpoch: 1, ownership: {} },
    initial,
  } as never).next;

const send = (state: ContextState, step: string, base: number, writes: readonly Write[]) =>
  commit(state, {
    ...{ type: 'context.commit', run: 'r1', ownerEpoch: 1, step, author: step, generation: 0, epoch: 1 },
    ...{ base, writes: [...writes] },
  } as never);

/** Whether a leaf is there. An empty object may have been filled by somebody else: that takes nothing away. */
const stands = (there: Maybe, leaf: Maybe): boolean => (isObject(leaf) ? isObject(there) : sameContent(there, leaf));

function leaves(at: string, tree: Maybe): [string, Maybe][] {
  if (!isObject(tree) || Object.keys(tree).length === 0) return tree === undefined ? [] : [[at, tree]];
  return Object.entries(tree).flatMap(([key, child]) => leaves(`${at}/${key}`, child));
}

/** Plays the turns and hands each accepted commit to a check, with the trees before, after and at its base. */
function play(
  turns: readonly Turn[],
  limits: object,
  check: (done: Committed, writes: readonly Write[], trees: Record<'base' | 'before' | 'after', JsonObject>) => void,
): { state: ContextState; trees: JsonObject[] } {
  let state = fresh(limits);
  const trees = [state.tree];
  turns.forEach(({ writes, lag }, i) => {
    const base = Math.max(0, headOf(state) - lag);
    const { next, reply } = send(state, `s${i}`, base, writes);
    if (reply.type === 'context.committed') {
      check(reply, writes, { base: trees[base]!, before: state.tree, after: next.tree });
      trees.push(next.tree);
    } else expect(next.tree).toBe(state.tree);
    state = next;
  });
  return { state, trees };
}

/** Whether the conflict records hold this value at this path. */
const isRecorded = ({ conflicts }: Committed, at: string, leaf: Maybe): boolean =>
  conflicts.some((c) => {
    if (!covers(c.path, at)) return covers(at, c.path);
    const rest = keysOf(at.slice(c.path.length));
    return sameContent(
      isObject(c.refused.value) || rest.length === 0 ? inside(c.refused.value, rest) : undefined,
      leaf,
    );
  });
const inside = (tree: Maybe, keys: string[]): Maybe => (keys.length === 0 ? tree : valueAt(tree as JsonObject, keys));

for (const historyVersions of [64, 2]) {
  describe(`with ${historyVersions} versions kept`, () => {
    it('every value of an acknowledged write is in the tree or in a conflict record', () => {
      fc.assert(
        fc.property(fc.array(turn, { maxLength: 12 }), (turns) => {
          play(turns, { historyVersions }, (done, writes, { base, after }) => {
            for (const [at, leaf] of leavesOfSingle(writes)) {
              const isNews = !sameContent(valueAt(base, keysOf(at)), leaf);
              const isThere = stands(valueAt(after, keysOf(at)), leaf);
              if (isNews && !isThere) expect(isRecorded(done, at, leaf), `${at} is lost`).toBe(true);
            }
          });
        }),
        { numRuns: 150 },
      );
    });

    it('every place that an acknowledged write named holds what it wrote, in a list too, or a conflict record does', () => {
      fc.assert(
        fc.property(fc.array(turn, { maxLength: 12 }), (turns) => {
          play(turns.map(signed), { historyVersions }, (done, writes, { after }) => {
            for (const w of lasting(writes)) {
              const places = [after, ...done.conflicts.map(({ refused }) => refused.value)];
              const isSomewhere = places.some((place) => holds(place, w.value));
              expect(isSomewhere, `what was set at ${w.path} is lost`).toBe(true);
            }
          });
        }),
        { numRuns: 400 },
      );
    });

    it('a merge invents nothing: what stands there stood there before, or in what the writer made of its base', () => {
      fc.assert(
        fc.property(fc.array(turn, { maxLength: 12 }), (turns) => {
          play(turns, { historyVersions }, (_done, writes, { base, before, after }) => {
            const { next, reply } = send(fresh({}, base), 's', 0, writes);
            // Where the base is not kept a write may be taken that had no place in it.
            if (reply.type !== 'context.committed') return;
            const ours = next.tree;
            for (const [at, leaf] of leaves('', after)) {
              if (isObject(leaf)) continue;
              const isOf = (tree: JsonObject): boolean => sameContent(valueAt(tree, keysOf(at)), leaf);
              expect(isOf(before) || isOf(ours), `${at} is nobody's`).toBe(true);
            }
          });
        }),
        { numRuns: 400 },
      );
    });

    it('nothing that a writer did not see is changed by its commit', () => {
      fc.assert(
        fc.property(fc.array(turn, { maxLength: 12 }), (turns) => {
          play(turns, { historyVersions }, (_done, _writes, { base, before, after }) => {
            for (const [at, leaf] of leaves('', before)) {
              const keys = keysOf(at);
              if (!stands(valueAt(after, keys), leaf))
                expect(valueAt(base, keys), `${at} was overwritten unseen`).toEqual(leaf);
            }
          });
        }),
        { numRuns: 150 },
      );
    });

    it('a read is of one version, whole, or is refused', () => {
      fc.assert(
        fc.property(fc.array(turn, { maxLength: 12 }), fc.array(path, { minLength: 1 }), (turns, paths) => {
          const { state, trees } = play(turns, { historyVersions }, () => undefined);
          for (const [version, tree] of trees.entries()) {
            const reply = read(state, { type: 'context.read', run: 'r1', paths, version });
            if (reply.type !== 'context.snapshot') {
              expect(version).toBeLessThan(headOf(state) - historyVersions);
              continue;
            }
            const expected = paths
              .map((p) => [p, valueAt(tree, keysOf(p))] as const)
              .filter(([, v]) => v !== undefined);
            expect(reply.values).toEqual(Object.fromEntries(expected));
          }
        }),
        { numRuns: 150 },
      );
    });
  });
}

/** The turn with a value of its own in each of its writes: what stands somewhere else does not pass for it. */
function signed({ writes, lag }: Turn, turn: number): Turn {
  const sign = (w: Write, i: number): Write => {
    if (w.op === 'delete') return w;
    const mark = `${turn}.${i}`;
    return { ...w, value: isObject(w.value) ? { ...w.value, mark } : Array.isArray(w.value) ? [mark] : mark };
  };
  return { writes: writes.map(sign), lag };
}

/** Whether the content stands anywhere in a value; of an object its mark, since the rest of it may be merged. */
function holds(there: Maybe, content: Maybe): boolean {
  if (isObject(content)) return holds(there, content['mark']);
  const children = typeof there === 'object' && there !== null ? Object.values(there) : [];
  return sameContent(there, content) || children.some((child) => holds(child as Maybe, content));
}

/** The writes of a set that no other write of it can undo: neither at, above, below nor beside them in a list. */
function lasting(writes: readonly Write[]): Extract<Write, { op: 'set' }>[] {
  const inList = ({ path: p }: Write): boolean => /\/(-|0)$/.test(p);
  const parent = (w: Write): string => w.path.slice(0, w.path.lastIndexOf('/'));
  const meet = (w: Write, o: Write): boolean =>
    covers(o.path, w.path) || covers(w.path, o.path) || (inList(w) && inList(o) && parent(w) === parent(o));
  return writes.flatMap((w) => (w.op === 'set' && writes.every((o) => o === w || !meet(w, o)) ? [w] : []));
}

/** Leaves of the writes of a set whose paths no other write of it touches: what the set as a whole surely says. */
function leavesOfSingle(writes: readonly Write[]): [string, Maybe][] {
  const alone = writes.filter((w) =>
    writes.every((o) => o === w || !(covers(o.path, w.path) || covers(w.path, o.path))),
  );
  const inList = (p: string): boolean => /\/(-|0)$/.test(p);
  return alone.flatMap((w) => (w.op === 'set' && !inList(w.path) ? leaves(w.path, w.value) : []));
}

it('disjoint write-sets of one base come to the same tree in any order, without a conflict', () => {
  const sets = fc.uniqueArray(
    fc.tuple(fc.constantFrom('/a/a', '/a/b', '/a/n/x', '/a/n/y', '/b', '/c', '/d/e/f'), value),
    {
      selector: ([at]) => at,
      minLength: 2,
    },
  );
  const orders = sets.chain((all) =>
    fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length })),
  );
  const finish = (all: readonly (readonly [string, WorkflowJson])[], historyVersions: number): ContextState =>
    all.reduce(
      (state, [at, v]) => send(state, at.replaceAll('/', '_'), 0, [{ op: 'set', path: at, value: v }]).next,
      fresh({ historyVersions }),
    );
  fc.assert(
    fc.property(orders, fc.constantFrom(0, 64), ([one, other], historyVersions) => {
      const [a, b] = [finish(one, historyVersions), finish(other, historyVersions)];
      expect(a.tree).toEqual(b.tree);
      expect([headOf(a), a.conflicts, b.conflicts]).toEqual([one.length, [], []]);
    }),
  );
});

it('the bytes of a context are those of its tree and its conflicts, whatever its history', () => {
  fc.assert(
    fc.property(fc.array(turn, { maxLength: 12 }), (turns) => {
      const { state } = play(turns, {}, () => undefined);
      const again = fresh({}, state.tree).bytes;
      const records = state.conflicts.reduce(
        (sum, c) => sum + fresh({}, { c } as never).bytes - fresh({}, { c: 0 }).bytes + 8,
        0,
      );
      expect(Math.abs(state.bytes - again - records)).toBeLessThanOrEqual(64 * (turns.length + 1));
    }),
  );
});
