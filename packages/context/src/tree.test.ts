import { describe, expect, it } from 'vitest';
import { keysOf, overlaps, pathOf } from './path.ts';
import { draftOf, meetingPoint, undoPoint, unitOf, valueAt } from './tree.ts';

const tree = { a: { b: 1, list: [10, 20] }, text: 'x' };
const put = (path: string, value: any) => {
  const draft = draftOf(tree);
  return { done: draft.put(keysOf(path), value), tree: draft.tree() };
};

describe('a draft', () => {
  it('leaves the tree it was made of as it was and shares what it did not touch', () => {
    const before = JSON.stringify(tree);
    const after = put('/new/deep', 1).tree;
    expect(JSON.stringify(tree)).toBe(before);
    expect(after['a']).toBe(tree.a);
    expect(valueAt(after, ['new', 'deep'])).toBe(1);
  });

  it.each([
    ['/a/list/-', 30, [10, 20, 30]],
    ['/a/list/2', 30, [10, 20, 30]],
    ['/a/list/0', 11, [11, 20]],
    ['/a/list/0', undefined, [20]],
  ])('writes %s of a list', (path, value, list) => {
    expect(valueAt(put(path, value).tree, ['a', 'list'])).toEqual(list);
  });

  it.each([
    ['/text/b', 1],
    ['/a/b/c', 1],
    ['/a/list/3', 1],
    ['/a/list/x', 1],
    ['/a/list/01', 1],
    ['/a/list/-', undefined],
    ['/a/list/2/k', 1],
    ['', 5],
    ['', [1]],
  ])('refuses %s = %j, for which there is no place, and changes nothing', (path, value) => {
    expect(put(path, value)).toEqual({ done: false, tree });
  });

  it('removes what is not there without a word', () => {
    expect(put('/none/at/all', undefined)).toEqual({ done: true, tree });
  });

  it('replaces the whole', () => {
    expect(put('', { z: 1 }).tree).toEqual({ z: 1 });
    expect(put('', undefined).tree).toEqual({});
  });

  it('never changes a value it was given', () => {
    const given = { k: 1 };
    const draft = draftOf({});
    draft.put(['g'], given);
    draft.put(['g', 'more'], 2);
    expect(given).toEqual({ k: 1 });
    expect(draft.tree()).toEqual({ g: { k: 1, more: 2 } });
  });

  it('reads no name that every object has', () => {
    expect(valueAt(tree, ['a', 'toString'])).toBeUndefined();
    expect(valueAt(tree, ['a', 'list', 'length'])).toBeUndefined();
  });
});

describe('points of a path', () => {
  it('changes a list as a whole', () => {
    expect(unitOf(tree, ['a', 'list', '0', 'x'])).toEqual(['a', 'list']);
    expect(unitOf(tree, ['a', 'none', 'x'])).toEqual(['a', 'none', 'x']);
  });

  it('undoes a write by removing the highest thing it made', () => {
    expect(undoPoint(tree, ['a', 'new', 'deep'])).toEqual(['a', 'new']);
    expect(undoPoint(tree, ['a', 'b'])).toEqual(['a', 'b']);
  });

  it('compares histories where something that is no object begins', () => {
    expect(meetingPoint(tree, tree, ['text', 'b', 'c'])).toEqual(['text']);
    expect(meetingPoint(tree, tree, ['gone', 'b'])).toEqual(['gone']);
    expect(meetingPoint(tree, tree, ['a', 'b'])).toEqual(['a', 'b']);
  });

  it('compares histories where their base held something else, and not where it held nothing', () => {
    expect(meetingPoint(tree, { a: [1] }, ['a', 'b'])).toEqual(['a']);
    expect(meetingPoint(tree, {}, ['a', 'b'])).toEqual(['a', 'b']);
    expect(meetingPoint(tree, undefined, ['a', 'b'])).toEqual(['a', 'b']);
  });
});

describe('paths', () => {
  it.each(['', '/a', '/a/b~0c/d~1e', '/0/-'])('%j is the same after a way there and back', (path) => {
    expect(pathOf(keysOf(path))).toBe(path);
  });

  it.each([
    ['/a', '/a', true],
    ['/a', '/a/b', true],
    ['/a/b', '/a', true],
    ['', '/a', true],
    ['/a', '/ab', false],
    ['/a/b', '/a/c', false],
  ])('%j and %j overlap: %s', (a, b, expected) => {
    expect(overlaps(a, b)).toBe(expected);
  });
});
