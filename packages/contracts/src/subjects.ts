/**
 * The one table of subjects. `docs/protocol.md` is checked against it.
 *
 * `{x}` is one token. The sender's role and identity are tokens wherever a broker's permission must be able to name
 * them: an agent publishes only below its own `out`, `prg` and `hb`.
 */
import type { EventType } from './events.ts';
import { assertToken } from './ids.ts';

interface SubjectRow {
  readonly pattern: string;
  readonly who: string;
  readonly about: string;
}

export const SUBJECTS = {
  api: { pattern: 'api.{verb}', who: 'client → any supervisor node', about: 'API calls; any node passes them on' },
  workflow: { pattern: 'wf.{shard}.{run}', who: 'any → workflow', about: 'the actor of one run' },
  context: { pattern: 'ctx.{shard}.{run}', who: 'any → context store', about: 'the context of one run' },
  barrier: { pattern: 'bar.{shard}.{run}.{group}', who: 'workflow → barrier', about: 'the barrier of one group' },
  resources: { pattern: 'res.{pool}', who: 'workflow → resource manager', about: 'one pool' },
  instance: { pattern: 'agt.{role}.{instance}', who: 'workflow → agent', about: 'one agent instance' },
  outcome: {
    pattern: 'out.{role}.{instance}.{shard}.{run}',
    who: 'agent → workflow',
    about: 'an outcome, repeated until recorded',
  },
  progress: { pattern: 'prg.{role}.{instance}.{shard}.{run}', who: 'agent → workflow', about: 'progress, lossy' },
  agentBeat: { pattern: 'hb.agent.{process}', who: 'agent process → all', about: 'heartbeat of an agent process' },
  heard: {
    pattern: 'heard.{process}',
    who: 'node → agent process',
    about: 'answers to its beats, by owners of its work',
  },
  nodeBeat: { pattern: 'hb.node.{node}', who: 'node → all', about: 'heartbeat of a node' },
  node: { pattern: 'node.{node}', who: 'node → node', about: 'one node' },
  name: { pattern: 'name.{kind}.{process}', who: 'any → process', about: 'whoever holds a name answers here' },
  runEvent: { pattern: 'evt.run.{run}.{noun}.{verb}', who: 'workflow → people, tools', about: 'JSON events of a run' },
  poolEvent: {
    pattern: 'evt.pool.{pool}.{verb}',
    who: 'resource manager → people, tools',
    about: 'JSON, pool usage and alerts',
  },
  agentEvent: { pattern: 'evt.agent.{process}.{verb}', who: 'node → people, tools', about: 'JSON, agents come and go' },
  nodeEvent: { pattern: 'evt.node.{node}.{verb}', who: 'node → people, tools', about: 'JSON, nodes and shards' },
  brokerEvent: {
    pattern: 'evt.broker.{node}.{verb}',
    who: 'node → people, tools',
    about: 'JSON, what a node meets of its broker',
  },
  metrics: { pattern: 'metrics.{process}', who: 'process → people, tools', about: 'JSON, what it measured, if asked' },
  log: { pattern: 'log.{actor}.{shard}.{id}', who: 'owner → broker', about: 'journals; actor is wf or ctx' },
} as const satisfies Record<string, SubjectRow>;

export type SubjectName = keyof typeof SUBJECTS;

type Params<P extends string> = P extends `${string}{${infer Name}}${infer Rest}` ? Name | Params<Rest> : never;
export type SubjectParams<S extends SubjectName> = Record<Params<(typeof SUBJECTS)[S]['pattern']>, string | number>;

const PLACEHOLDER = /\{(\w+)\}/g;

/** Builds subjects under one prefix. `'*'` may be given for a token to subscribe to all of them. */
export interface Subjects {
  readonly prefix: string;
  of<S extends SubjectName>(name: S, params: SubjectParams<S>): string;
  /** The subject of a run's event: the row `runEvent`, whose last two tokens are the event's type. */
  ofRunEvent(run: string, type: EventType): string;
  /** The tokens of a concrete subject by name; undefined when it is not of this row. */
  parse<S extends SubjectName>(
    name: S,
    subject: string,
  ): Record<Params<(typeof SUBJECTS)[S]['pattern']>, string> | undefined;
  /** Everything below `{prefix}.{first token of the row}`. */
  all(name: SubjectName): string;
}

/** A pattern split once: between `between[i]` and `between[i + 1]` stands the token of `names[i]`. */
interface Shape {
  readonly between: readonly string[];
  readonly names: readonly string[];
  /** Token by token: a fixed word, or null where a name stands. */
  readonly fixed: readonly (string | null)[];
  readonly tokenNames: readonly string[];
}

function shapeOf(prefix: string, pattern: string): Shape {
  const whole = `${prefix}.${pattern}`;
  const tokens = whole.split('.');
  return {
    between: whole.split(/\{\w+\}/),
    names: [...whole.matchAll(PLACEHOLDER)].map(([, name]) => name ?? ''),
    fixed: tokens.map((token) => (token.startsWith('{') ? null : token)),
    tokenNames: tokens.map((token) => token.slice(1, -1)),
  };
}

export function createSubjects(prefix = 'tutti'): Subjects {
  assertToken(prefix, 'prefix');
  const rows = Object.entries(SUBJECTS).map(([name, { pattern }]) => [name, shapeOf(prefix, pattern)] as const);
  const shapes = Object.fromEntries(rows) as Record<SubjectName, Shape>;
  return {
    prefix,
    of: (name, params) => fill(shapes[name], params),
    ofRunEvent: (run, type) => `${prefix}.evt.run.${assertToken(run, 'run')}.${type}`,
    parse: (name, subject) => parseSubject(shapes[name], subject) as never,
    all: (name) => `${prefix}.${SUBJECTS[name].pattern.split('.{')[0]}.>`,
  };
}

function fill({ between, names }: Shape, params: Record<string, string | number>): string {
  let subject = between[0] ?? '';
  for (let i = 0; i < names.length; i++) {
    const name = names[i] ?? '';
    const value = String(params[name]);
    subject += (value === '*' ? value : assertToken(value, name)) + (between[i + 1] ?? '');
  }
  return subject;
}

function parseSubject({ fixed, tokenNames }: Shape, subject: string): Record<string, string> | undefined {
  const given = subject.split('.');
  if (given.length !== fixed.length) return undefined;
  const out: Record<string, string> = {};
  for (let i = 0; i < fixed.length; i++) {
    const word = fixed[i];
    const value = given[i] ?? '';
    if (word === null) out[tokenNames[i] ?? ''] = value;
    else if (word !== value) return undefined;
  }
  return out;
}

/** The verb of an API subject: a message type whose dot became a dash, since a token holds no dot. */
export const apiVerb = (type: string): string => type.replace('.', '-');
