/** What happened in a run of the simulation: one line an event for people and the hash, structured ones for checkers. */
import { createHash } from 'node:crypto';
import type { AnyMessage, TuttiEvent } from '@tutti/contracts';

/** A message as its sender let it go, as its receiver got it, or as it was answered; `subject` is the request's. */
export interface Seen {
  readonly kind: 'sent' | 'received' | 'answered';
  readonly at: number;
  readonly process: string;
  readonly subject: string;
  readonly message: AnyMessage;
  /** On `answered`: what was asked. */
  readonly request?: AnyMessage;
}

export interface LogLine {
  readonly kind: 'log';
  readonly at: number;
  readonly process: string;
  readonly level: 'warn' | 'error';
  readonly text: string;
  readonly error: string;
}

/** The broker has told a process that its record is stored. */
export interface Appended {
  readonly kind: 'appended';
  readonly at: number;
  readonly process: string;
  /** Of the journal, such as `ctx.12.run`. */
  readonly key: string;
  readonly id: string;
}

/** The broker has lost, with its power, a record that it had stored. */
export interface Lost {
  readonly kind: 'lost';
  readonly at: number;
  readonly key: string;
  readonly id: string;
}

/** What the client of a run was given by `watch`. */
export interface Watched {
  readonly kind: 'watched';
  readonly at: number;
  readonly run: string;
  /** Sequence from which this watch was asked for: one that failed is followed by another. */
  readonly from: number;
  readonly event: TuttiEvent;
}

/** Something the simulation did: a fault, a submission, an agent's work. */
export interface Noted {
  readonly kind: 'fault' | 'note';
  readonly at: number;
  readonly text: string;
}

/**
 * An agent's function began, or came to its end: it returned, or was told to stop. What goes on after that is its author's fault,
 * and beyond anybody's reach.
 */
export interface Worked {
  readonly kind: 'worked';
  readonly at: number;
  readonly process: string;
  readonly run: string;
  readonly step: string;
  readonly attempt: number;
  readonly phase: 'begins' | 'ends';
}

/** A process stands still, goes on, or is no more. */
export interface Stopped {
  readonly kind: 'process';
  readonly at: number;
  readonly process: string;
  readonly phase: 'paused' | 'resumed' | 'killed';
}

export type Observation = Seen | Appended | Lost | LogLine | Watched | Noted | Worked | Stopped;

export class Trace {
  readonly observations: Observation[] = [];

  add(observation: Observation): void {
    this.observations.push(observation);
  }

  /** Of all lines so far; made when it is asked for, since a line costs more than what it tells of. */
  get hash(): string {
    const hash = createHash('sha256');
    for (const observation of this.observations) hash.update(`${lineOf(observation)}\n`);
    return `${this.observations.length}:${hash.digest('hex')}`;
  }

  tail(lines: number): string {
    return this.observations.slice(-lines).map(lineOf).join('\n');
  }

  /** The lines in which a word stands. */
  about(word: string): string {
    return this.observations
      .map(lineOf)
      .filter((line) => line.includes(word))
      .join('\n');
  }
}

const DETAILS = [
  'run',
  'step',
  'epoch',
  'ownerEpoch',
  'holder',
  'version',
  'lease',
  'reason',
  'verdict',
  'decision',
  'code',
];

/** The words of a message that tell one from another. */
function detailsOf(message: AnyMessage): string {
  const body = message as unknown as Readonly<Record<string, unknown>>;
  const words = DETAILS.filter((key) => body[key] !== undefined).map((key) => `${key}=${String(body[key])}`);
  for (const key of ['granted', 'release', 'leases', 'held', 'wanted', 'requests', 'waiting']) {
    const list = body[key];
    if (!Array.isArray(list) || list.length === 0) continue;
    const names = list.map((item) => (typeof item === 'string' ? item : (item as { lease: string }).lease));
    words.push(`${key}=[${names.join(' ')}]`);
  }
  if (message.type === 'error') words.push(message.error.code, message.error.message);
  if (message.type === 'attempt.outcome') words.push(message.result.status);
  return words.join(' ');
}

export function lineOf(observation: Observation): string {
  const head = observation.at.toFixed(3).padStart(11);
  switch (observation.kind) {
    case 'sent':
    case 'received':
    case 'answered': {
      const { kind, process, subject, message, request } = observation;
      const asked = request === undefined ? '' : ` to ${request.type}`;
      return `${head} ${process} ${kind} ${message.type}${asked} ${subject} ${detailsOf(message)}`;
    }
    case 'log':
      return `${head} ${observation.process} ${observation.level}: ${observation.text} ${observation.error}`;
    case 'appended':
      return `${head} ${observation.process} appended to ${observation.key}`;
    case 'lost':
      return `${head} LOST ${observation.id} of ${observation.key}`;
    case 'watched': {
      const { run, event } = observation;
      return `${head} client watched ${run} ${event.seq ?? '-'} ${event.type} ${JSON.stringify(event.data).slice(0, 200)}`;
    }
    case 'worked': {
      const { process, run, step, attempt, phase } = observation;
      return `${head} ${process} ${phase} ${run}/${step}/${attempt}`;
    }
    case 'process':
      return `${head} ${observation.process} is ${observation.phase}`;
    default:
      return `${head} ${observation.kind.toUpperCase()} ${observation.text}`;
  }
}
