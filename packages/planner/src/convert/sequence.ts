import type { WorkflowFileInput, WorkflowJson } from '@tutti/contracts';
import type { Path } from '../file/draft.ts';
import type { FindingList } from '../file/findings.ts';
import {
  artifactKey,
  emptyLedger,
  isEverything,
  lastWriters,
  noteRead,
  noteWrite,
  parseArtifact,
  slug,
} from './artifacts.ts';
import { reportEntry } from './report.ts';
import type { SequenceEntry, SequenceWorkflow } from './shape.ts';
import { keyOf, type State } from './state.ts';

/** A converted workflow, and where in the original each of its parts stands. */
export interface Converted {
  readonly file: WorkflowFileInput;
  /** Paths of the original by the paths of the converted file, joined with blanks. */
  readonly origins: ReadonlyMap<string, Path>;
}

/**
 * A sequence as steps. Parallelism follows from `requires` alone: an entry waits for the last one before it that wrote what it
 * requires, updates or validates, and whoever updates an artifact waits for all who were to read it before. An entry that
 * requires nothing is a fence: the file gives no leave to start it earlier, nor to start early what comes after it.
 */
export function convertSequence(
  workflow: SequenceWorkflow,
  locate: (path: Path) => Parameters<FindingList['add']>[1],
  findings: FindingList,
): Converted {
  const state: State = {
    ledger: emptyLedger(),
    ids: new Set(),
    ends: new Set(),
    origins: new Map(),
    steps: [],
    locate,
    findings,
    fence: -1,
  };
  for (const [index, entry] of workflow.sequence.entries()) addEntry(state, entry, index);
  const { id, name, description } = workflow;
  const head = {
    id: slug(id ?? name ?? 'workflow'),
    ...(name === undefined ? {} : { name }),
    ...(description === undefined ? {} : { description }),
  };
  return { file: { workflow: head, steps: state.steps }, origins: state.origins };
}

function addEntry(state: State, entry: SequenceEntry, index: number): void {
  const id = freeId(state.ids, nameOf(entry));
  const path: Path = ['workflow', 'sequence', index];
  const links = linksOf(state, entry, id, path);
  reportEntry(state, entry, id, path);
  const at = state.steps.length;
  const waits = [...links.waits];
  state.origins.set(keyOf(['steps', at]), path);
  state.origins.set(keyOf(['steps', at, 'id']), [...path, entry.agent === undefined ? 'step' : 'agent']);
  for (const [item, [, origin]] of waits.entries()) state.origins.set(keyOf(['steps', at, 'depends_on', item]), origin);
  for (const [name, origin] of links.inputOrigins) state.origins.set(keyOf(['steps', at, 'inputs', name]), origin);
  for (const [item, [, origin]] of links.validates.entries()) {
    state.origins.set(keyOf(['steps', at, 'validates', item]), origin);
  }
  state.steps.push({
    id,
    agent: slug(entry.agent ?? id),
    ...(entry.notes === undefined ? {} : { description: entry.notes.slice(0, MAX_NOTE_CHARS) }),
    ...(Object.keys(links.inputs).length === 0 ? {} : { inputs: links.inputs }),
    ...(waits.length === 0 ? {} : { depends_on: waits.map(([step]) => step) }),
    ...(links.outputs.length === 0 ? {} : { outputs: links.outputs }),
    ...(links.validates.length === 0 ? {} : { validates: links.validates.map(([step]) => step) }),
    with: constantsOf(entry),
  });
  for (const [step] of [...waits, ...links.validates]) state.ends.delete(step);
  state.ends.add(id);
}

const MAX_NOTE_CHARS = 10_000;

/** `step`, or who does what: `po_shard_documents`, `pm_prd`, `pm_update_prd`. */
function nameOf({ step, agent, action, creates, updates, validates }: SequenceEntry): string {
  if (step !== undefined) return slug(step);
  const target = (verb: string, list: readonly string[] | undefined): string | undefined =>
    list?.[0] === undefined ? undefined : `${verb}${artifactKey(parseArtifact(list[0]).name)}`;
  const what = action ?? target('', creates) ?? target('update_', updates) ?? target('validate_', validates) ?? 'works';
  return slug(agent === undefined ? what : `${agent}_${what}`);
}

function freeId(ids: Set<string>, wanted: string): string {
  let id = wanted;
  for (let count = 2; ids.has(id); count += 1) id = `${wanted.slice(0, 58)}_${count}`;
  ids.add(id);
  return id;
}

interface Links {
  /** Steps to wait for, each with the place that says so. */
  readonly waits: Map<string, Path>;
  readonly inputs: Record<string, string>;
  readonly inputOrigins: Map<string, Path>;
  readonly outputs: string[];
  readonly validates: (readonly [string, Path])[];
}

function linksOf(state: State, entry: SequenceEntry, id: string, path: Path): Links {
  const links: Links = { waits: new Map(), inputs: {}, inputOrigins: new Map(), outputs: [], validates: [] };
  let isOrdered = false;
  for (const [name, origin] of artifactsOf(entry, 'requires', path)) {
    isOrdered = addRead(state, links, id, name, origin) || isOrdered;
  }
  for (const [name, origin] of artifactsOf(entry, 'validates', path)) {
    if (isEverything(name)) waitForAll(state, links, origin);
    for (const [, writer] of writersOf(state, name)) {
      links.validates.push([writer, origin]);
      isOrdered = true;
    }
  }
  for (const key of ['creates', 'updates'] as const) {
    for (const [name, origin] of artifactsOf(entry, key, path)) {
      addWrite(state, links, id, name, origin);
      if (isPromised(entry, key, name)) links.outputs.push(artifactKey(name));
    }
  }
  if (isOrdered) waitForFence(state, links, path);
  else {
    waitForAll(state, links, path);
    state.fence = state.steps.length;
  }
  return links;
}

function waitForAll({ ends }: State, { waits }: Links, origin: Path): void {
  for (const end of ends) if (!waits.has(end)) waits.set(end, origin);
}

/** Whoever waits for a step behind the fence waits for the fence; the others must be told to. */
function waitForFence({ fence, steps }: State, { waits, validates }: Links, path: Path): void {
  const [id, ...behind] = fence < 0 ? [] : steps.slice(fence).map((step) => step.id);
  if (id === undefined || waits.has(id)) return;
  const named = [...waits.keys(), ...validates.map(([step]) => step)];
  if (!named.some((step) => behind.includes(step))) waits.set(id, path);
}

/** The artifacts of a key with the place of each; a single one has no list around it. */
function artifactsOf(
  entry: SequenceEntry,
  key: 'requires' | 'validates' | 'creates' | 'updates',
  path: Path,
): [string, Path][] {
  const list = entry[key] ?? [];
  return list.map((written, item) => [
    parseArtifact(written).name,
    list.length === 1 ? [...path, key] : [...path, key, item],
  ]);
}

const writersOf = ({ ledger }: State, name: string): [string, string][] =>
  [...lastWriters(ledger)].filter(([artifact]) => isEverything(name) || artifact === name);

function addRead(state: State, links: Links, id: string, name: string, origin: Path): boolean {
  const writers = writersOf(state, name);
  if (isEverything(name)) waitForAll(state, links, origin);
  if (writers.length === 0) {
    const message = `"${id}" requires "${name}", which nothing before it creates; it comes after all that stands before it`;
    const suggestion = 'correct the name, or add the entry that creates it';
    state.findings.add('unknown_artifact', state.locate(origin), message, { severity: 'warning', suggestion });
  }
  for (const [artifact, writer] of writers) {
    const key = artifactKey(artifact);
    links.inputs[key] = `${writer}.${key}`;
    links.inputOrigins.set(key, origin);
    links.waits.set(writer, origin);
    noteRead(state.ledger, artifact, id);
  }
  return writers.length > 0;
}

/** What is changed must have been read by those who were to read it as it was. */
function addWrite(state: State, links: Links, id: string, name: string, origin: Path): void {
  const before = [...(state.ledger.readers.get(name) ?? []), ...(state.ledger.writers.get(name)?.slice(-1) ?? [])];
  for (const step of before) if (step !== id && !links.waits.has(step)) links.waits.set(step, origin);
  noteWrite(state.ledger, name, id);
}

/** What is made only if it is needed is no declared output: the step has not failed where its agent gives none. */
function isPromised(entry: SequenceEntry, key: 'creates' | 'updates', name: string): boolean {
  if (entry.condition !== undefined || entry.optional === true) return false;
  return (entry[key] ?? []).map(parseArtifact).some((made) => made.name === name && made.remark === undefined);
}

/** All that the entry says beside its links, as the agent's constants; keys that nobody knows too. */
function constantsOf(entry: SequenceEntry): Record<string, WorkflowJson> {
  const told = Object.entries(entry).filter(([key, value]) => !DESCRIBED.has(key) && value !== undefined);
  return Object.fromEntries(told.map(([key, value]) => [slug(key), single(value as WorkflowJson)]));
}

const DESCRIBED: ReadonlySet<string> = new Set(['agent', 'step', 'notes']);
const single = (value: WorkflowJson): WorkflowJson =>
  Array.isArray(value) && value.length === 1 ? ((value[0] as WorkflowJson | undefined) ?? null) : value;
