/**
 * Brings a write-set, made on the version its writer read, onto the newest version.
 *
 * What nobody touched meanwhile is applied as it is. What somebody did is merged three ways; a clash leaves the first
 * writer's value in place and is reported with both sides. Nothing is ever overwritten unseen.
 */
import type { ContextWrite } from '@tutti/contracts';
import { type JsonObject, sameContent } from './content.ts';
import { changedBy, commitsSince, treeAt } from './history.ts';
import { type Clash, type Merged, merge, mergeBlind } from './merge.ts';
import { covers, type Keys, keysOf, overlaps, pathOf } from './path.ts';
import type { ContextState } from './state.ts';
import { draftOf, type InTheWay, meetingPoint, type TreeDraft, unitOf, valueAt } from './tree.ts';

export interface Rebased {
  readonly tree: JsonObject;
  /** Paths at which the tree was changed as a whole; none lies below another. */
  readonly replaced: readonly string[];
  /** Paths that changed, as finely as is known. */
  readonly changed: readonly string[];
  /** Paths of writes that took effect. */
  readonly paths: readonly string[];
  readonly clashes: readonly Clash[];
}

/** A write that cannot be applied even to the version that its writer read. */
export interface Misfit {
  readonly misfit: ContextWrite;
}

/** A part of the tree that the write-set changes as a whole. */
interface Unit {
  readonly path: string;
  readonly keys: Keys;
}

export function rebase(state: ContextState, base: number, writes: readonly ContextWrite[]): Rebased | Misfit {
  const units = topmost(writes.map((write) => unitFor(state.tree, write)));
  const isTouched = touchedSince(state, base, units.length);
  const contested = units.filter((unit) => isTouched(unit.path));
  if (contested.length > 0) return mergeUnits(state, base, writes, units, new Set(contested));
  const ours = applyAll(state.tree, writes, () => 'refuse');
  if ('misfit' in ours) return ours;
  const paths = units.map((unit) => unit.path);
  return { tree: ours.tree, replaced: paths, changed: paths, paths: writes.map((write) => write.path), clashes: [] };
}

const unitFor = (tree: JsonObject, write: ContextWrite): Unit => {
  const keys = keysOf(write.path);
  const unit = unitOf(tree, keys);
  return { path: unit === keys ? write.path : pathOf(unit), keys: unit };
};

/** The units that lie below no other, each once. */
function topmost(units: readonly Unit[]): Unit[] {
  const byPath = new Map(units.map((unit) => [unit.path, unit]));
  if (byPath.size === 1) return [...byPath.values()];
  const isBelow = (unit: Unit): boolean => unit.keys.some((_, i) => byPath.has(pathOf(unit.keys.slice(0, i))));
  return [...byPath.values()].filter((unit) => !isBelow(unit));
}

/** Write-sets up to this size are compared with each changed path one by one; larger ones with an index of them. */
const FEW_UNITS = 16;

function touchedSince(state: ContextState, base: number, units: number): (path: string) => boolean {
  const commits = commitsSince(state, base);
  if (units <= FEW_UNITS) return (path) => commits.some((c) => changedBy(c).some((changed) => overlaps(changed, path)));
  const changed = new Set(commits.flatMap(changedBy));
  const above = new Set([...changed].flatMap(prefixesOf));
  return (path) => above.has(path) || prefixesOf(path).some((prefix) => changed.has(prefix));
}

/** A path and all paths above it. */
const prefixesOf = (path: string): string[] => {
  const keys = path.split('/');
  return keys.map((_, i) => keys.slice(0, i + 1).join('/'));
};

function applyAll(
  tree: JsonObject,
  writes: readonly ContextWrite[],
  inTheWay: (write: ContextWrite) => InTheWay,
): { readonly tree: JsonObject } | Misfit {
  const draft = draftOf(tree);
  for (const write of writes) {
    const keys = keysOf(write.path);
    const value = write.op === 'set' ? write.value : undefined;
    if (!draft.put(keys, value, inTheWay(write))) return { misfit: write };
  }
  return { tree: draft.tree() };
}

function mergeUnits(
  state: ContextState,
  base: number,
  writes: readonly ContextWrite[],
  units: readonly Unit[],
  contested: ReadonlySet<Unit>,
): Rebased | Misfit {
  const was = treeAt(state, base);
  const isContested = ({ path }: ContextWrite): boolean => [...contested].some((unit) => covers(unit.path, path));
  const ours =
    was === undefined
      ? applyAll(state.tree, writes, (write) => (isContested(write) ? 'replace' : 'refuse'))
      : applyAll(was, writes, () => 'refuse');
  if ('misfit' in ours) return ours;
  const draft = draftOf(state.tree);
  const merged = new Map<string, Merged>();
  const free: string[] = [];
  for (const unit of units) {
    if (contested.has(unit)) mergeUnit(state.tree, was, ours.tree, unit, draft, merged);
    else {
      draft.put(unit.keys, valueAt(ours.tree, unit.keys), 'refuse');
      free.push(unit.path);
    }
  }
  return report(draft.tree(), writes, free, merged);
}

/** Merges where the histories can be compared: at the unit, or above it where somebody removed or replaced what held it. */
function mergeUnit(
  theirs: JsonObject,
  was: JsonObject | undefined,
  ours: JsonObject,
  unit: Unit,
  draft: TreeDraft,
  merged: Map<string, Merged>,
): void {
  const keys = meetingPoint(theirs, was, unit.keys);
  const path = pathOf(keys);
  if (merged.has(path)) return;
  const [mine, other] = [valueAt(ours, keys), valueAt(theirs, keys)];
  const result = was === undefined ? mergeBlind(path, mine, other) : merge(path, valueAt(was, keys), mine, other);
  if (result.value !== other) draft.put(keys, result.value, 'refuse');
  merged.set(path, result);
}

/** Paths taken in one merge that are listed one by one; beyond it the place of the merge stands for them all. */
const LISTED_PATHS = 256;

function report(
  tree: JsonObject,
  writes: readonly ContextWrite[],
  free: readonly string[],
  merged: ReadonlyMap<string, Merged>,
): Rebased {
  const taken = [...merged].filter(([, { taken }]) => taken.length > 0);
  const changed = taken.flatMap(([path, m]) => (m.taken.length > LISTED_PATHS ? [path] : m.taken));
  const clashes = [...merged.values()].flatMap((m) => m.clashes);
  return {
    tree,
    replaced: [...free, ...taken.map(([path]) => path)],
    changed: [...free, ...changed],
    paths: writes.filter((write) => tookEffect(tree, write, clashes, [...free, ...changed])).map(({ path }) => path),
    clashes,
  };
}

/**
 * A write took effect when something of it was taken, or what it wrote stands there anyway; not when it was refused whole, and
 * not when it said nothing new and somebody else did.
 */
function tookEffect(
  tree: JsonObject,
  write: ContextWrite,
  clashes: readonly Clash[],
  changed: readonly string[],
): boolean {
  const { path } = write;
  if (clashes.some((clash) => covers(clash.path, path))) return false;
  if (changed.some((place) => overlaps(place, path))) return true;
  return sameContent(valueAt(tree, keysOf(path)), write.op === 'set' ? write.value : undefined);
}
