import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JsonObject, type Maybe, sameContent } from './content.ts';
import { merge, mergeBlind } from './merge.ts';

type Case = [name: string, base: Maybe, ours: Maybe, theirs: Maybe, expected: Maybe];
type Clashing = [...Case, paths: string[]];

/** Cases without a clash must come out the same whoever is first. */
const clean: Case[] = [
  ['nothing anywhere', undefined, undefined, undefined, undefined],
  ['nobody changed it', 1, 1, 1, 1],
  ['one side adds', undefined, 1, undefined, 1],
  ['one side changes', 1, 2, 1, 2],
  ['one side deletes', 1, undefined, 1, undefined],
  ['both add the same', undefined, { a: [1] }, { a: [1] }, { a: [1] }],
  ['both change to the same', 1, 2, 2, 2],
  ['both delete', 1, undefined, undefined, undefined],
  ['both put different keys into one object', { k: 0 }, { k: 0, a: 1 }, { k: 0, b: 2 }, { k: 0, a: 1, b: 2 }],
  [
    'both put the same key and different ones',
    { k: 0 },
    { k: 0, s: 7, a: 1 },
    { k: 0, s: 7, b: 2 },
    { k: 0, s: 7, a: 1, b: 2 },
  ],
  ['both delete different keys', { a: 1, b: 2, c: 3 }, { a: 1, b: 2 }, { a: 1, c: 3 }, { a: 1 }],
  ['one deletes a key, the other changes another', { a: 1, b: 2 }, { b: 2 }, { a: 1, b: 3 }, { b: 3 }],
  [
    'changes deep below',
    { p: { q: { a: 1, b: 2 } } },
    { p: { q: { a: 9, b: 2 } } },
    { p: { q: { a: 1, b: 8 } } },
    { p: { q: { a: 9, b: 8 } } },
  ],
  ['both empty an object', { d: { x: 1, y: 2 } }, { d: { y: 2 } }, { d: { x: 1 } }, { d: {} }],
  ['both new objects share no key', undefined, { a: 1 }, { b: 2 }, { a: 1, b: 2 }],
  ['one side changes a list', [1, 3], [1, 2, 3], [1, 3], [1, 2, 3]],
  ['both change a list alike', [1], [0, 1, 2], [0, 1, 2], [0, 1, 2]],
  ['one side changes a list in a list', [[1], [2]], [[1, 5], [2]], [[1], [2]], [[1, 5], [2]]],
  ['one side turns an object into a value', { a: 1 }, 5, { a: 1 }, 5],
  ['null is a value and not nothing', { a: null }, { a: null, b: 1 }, { a: 2 }, { a: 2, b: 1 }],
];

/** `expected` is what stays: the value of `theirs`, with what of ours did not clash. */
const clashing: Clashing[] = [
  ['both add different values', undefined, 1, 2, 2, ['']],
  ['both change differently', 1, 2, 3, 3, ['']],
  ['one changes, the first deleted', 1, 2, undefined, undefined, ['']],
  ['one deletes, the first changed', 1, undefined, 2, 2, ['']],
  ['one leaf of two', { a: 1, b: 1 }, { a: 2, b: 2 }, { a: 3, b: 1 }, { a: 3, b: 2 }, ['/a']],
  ['every leaf', { a: 1, b: 1 }, { a: 2, b: 2 }, { a: 3, b: 3 }, { a: 3, b: 3 }, ['/a', '/b']],
  ['an object against a value', { a: 1 }, { a: 2 }, 7, 7, ['']],
  ['a deleted object against a change in it', { p: { a: 1 } }, {}, { p: { a: 2 } }, { p: { a: 2 } }, ['/p']],
  ['two new objects share a key', {}, { n: { s: 7, l: 2 } }, { n: { s: 7, r: 3 } }, { n: { s: 7, r: 3 } }, ['/n']],
  ['two objects replace one value', 1, { a: 1 }, { b: 2 }, { b: 2 }, ['']],
  ['two insertions in one list', [1, 9], [1, 2, 9], [1, 3, 9], [1, 3, 9], ['']],
  ['two appended to one list', [], [[2]], [[3]], [[3]], ['']],
  [
    'two deletions from lists of a list',
    [
      [1, 3],
      [2, 4],
    ],
    [[1], [2, 4]],
    [[1, 3], [2]],
    [[1, 3], [2]],
    [''],
  ],
  ['a key with a slash and a tilde', { 'a/b~c': 1 }, { 'a/b~c': 2 }, { 'a/b~c': 3 }, { 'a/b~c': 3 }, ['/a~1b~0c']],
  [
    'below a key that no path can name',
    { x: { '': 1, b: 1 } },
    { x: { '': 2, b: 1 } },
    { x: { '': 1, b: 2 } },
    { x: { '': 1, b: 2 } },
    ['/x'],
  ],
];

describe('a merge without a clash', () => {
  it.each(clean)('%s', (_, base, ours, theirs, expected) => {
    for (const m of [merge('', base, ours, theirs), merge('', base, theirs, ours)]) {
      expect(m.clashes).toEqual([]);
      expect(sameContent(m.value, expected)).toBe(true);
    }
  });
});

describe('a merge with a clash keeps the first value and names both', () => {
  it.each(clashing)('%s', (_, base, ours, theirs, expected, paths) => {
    const m = merge('', base, ours, theirs);
    expect(m.clashes.map((c) => c.path)).toEqual(paths);
    expect(m.value).toEqual(expected);
  });

  it('names the values of the place that clashed, not those of the whole', () => {
    const [clash] = merge('/r', { a: 1, b: 1 }, { a: 2, b: 1 }, { a: 3, b: 9 }).clashes;
    expect(clash).toEqual({ path: '/r/a', base: 1, ours: 2, theirs: 3 });
  });

  it('gives back the very object of the first writer when nothing of ours was new', () => {
    const theirs = { a: { b: 3 } };
    expect(merge('', { a: { b: 1 } }, { a: { b: 2 } }, theirs).value).toBe(theirs);
  });
});

describe('a merge without a base', () => {
  it('finds the same content the same and everything else a clash', () => {
    expect(mergeBlind('/a', { x: [1] }, { x: [1] })).toMatchObject({ clashes: [], value: { x: [1] } });
    expect(mergeBlind('/a', { x: 1 }, { y: 1 }).clashes).toHaveLength(1);
  });
});

const tree = fc.letrec<{ value: Maybe; object: JsonObject }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(0, 1, 'x', null),
    fc.array(fc.nat(2), { maxLength: 2 }),
    tie('object'),
  ),
  object: fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('value') as fc.Arbitrary<any>, { maxKeys: 3 }),
})).object;

describe('for any three trees', () => {
  it('whether they clash, and what comes out when they do not, is the same whoever is first', () => {
    fc.assert(
      fc.property(tree, tree, tree, (base, one, other) => {
        const [m, n] = [merge('', base, one, other), merge('', base, other, one)];
        expect(m.clashes.map((c) => c.path).sort()).toEqual(n.clashes.map((c) => c.path).sort());
        if (m.clashes.length === 0) expect(sameContent(m.value, n.value)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('every leaf that comes out was written by one side', () => {
    fc.assert(
      fc.property(tree, tree, tree, (base, ours, theirs) => {
        const m = merge('', base, ours, theirs);
        for (const [path, leaf] of leavesOf('', m.value)) {
          const wrote = [ours, theirs].some((side) =>
            leavesOf('', side).some(([p, v]) => p === path && sameContent(v, leaf)),
          );
          expect(wrote, `${path} = ${JSON.stringify(leaf)}`).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });
});

function leavesOf(path: string, value: Maybe): [string, Maybe][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return value === undefined ? [] : [[path, value]];
  return Object.entries(value).flatMap(([key, child]) => leavesOf(`${path}/${key}`, child as Maybe));
}
