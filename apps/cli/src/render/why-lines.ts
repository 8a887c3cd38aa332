/** Where the time of a run went, and what its steps wait for, as lines for people. */
import type { RunView, StepView } from '@tutti/contracts';
import {
  NOTABLE_WAIT_MS,
  PATH_KINDS,
  type PathKind,
  type PathPart,
  type Stretch,
  type TimePath,
} from '@tutti/telemetry/runs';
import type { Because } from '../because.ts';
import { oneLine } from '../text/clean.ts';
import type { Line } from '../text/line.ts';
import { plural, span } from '../text/units.ts';
import { waitText } from './event-line.ts';
import { stateOf } from './state.ts';
import { tableLines } from './table-lines.ts';

/** Parts of a path that are told to people; `--output json` has all. */
const MOST_PARTS = 40;

const WORDS: Readonly<Record<PathKind, string>> = {
  work: 'agents at work',
  pool: 'waits for the pool',
  instance: 'waits for an instance',
  barrier: 'waits for a barrier',
  retry: 'waits for a retry',
  commit: 'commits of the context',
  pause: 'paused',
  answer: 'waits for an answer',
  recovery: 'changes of owner',
  engine: 'messages and the engine',
};

const PHASE_WORDS: Readonly<Record<Stretch['phase'], string>> = {
  inputs: 'waited for its inputs',
  pool: 'waited for the pool',
  instance: 'was offered to instances',
  backoff: 'waited for a retry',
  recovery: 'waited for a new owner',
  pause: 'was held by a pause',
  person: 'waited for an answer',
  running: 'ran',
  telling: 'had its outcome under way',
  commit: 'was committed',
  ended: 'was over',
};

export const headLine = (view: RunView): Line => [
  [oneLine(view.workflow), 'bold'],
  [`  ${view.run}  `, 'dim'],
  [oneLine(stateOf(view))],
];

export function pathLines(path: TimePath, isOver: boolean): readonly Line[] {
  const kinds = PATH_KINDS.filter((kind) => (path.ms[kind] ?? 0) > 0)
    .toSorted((a, b) => (path.ms[b] ?? 0) - (path.ms[a] ?? 0))
    .map((kind) => {
      const ms = path.ms[kind] ?? 0;
      return [WORDS[kind], span(ms), `${((100 * ms) / path.takenMs).toFixed(1)} %`];
    });
  return [
    [[`  ${isOver ? 'took' : 'goes on for'} ${span(path.takenMs)}; its longest chain, as it really was:`]],
    [],
    ...tableLines(['WHAT', 'TIME', 'SHARE'], kinds),
    [],
    ...partLines(path),
  ];
}

/** Short ones are the engine's, and stand in the sums above. */
function partLines({ parts }: TimePath): readonly Line[] {
  const fromMs = parts[0]?.fromMs ?? 0;
  const told = parts.filter((part) => part.kind === 'work' || lasted(part) >= NOTABLE_WAIT_MS);
  const rows = told
    .slice(0, MOST_PARTS)
    .map((part) => [span(part.fromMs - fromMs), span(lasted(part)), part.step ?? '', WORDS[part.kind]]);
  const more = told.length - MOST_PARTS;
  return [
    ...tableLines(['AT', 'FOR', 'STEP', ''], rows),
    ...(more > 0 ? [[[`  and ${plural(more, 'more part')}: --output json has all`, 'dim'] as const]] : []),
  ];
}

const lasted = ({ fromMs, toMs }: PathPart): number => toMs - fromMs;

/** What waits now, each with who holds it. */
export function waitingLines(view: RunView, nowMs: number): readonly Line[] {
  const rows = view.steps.flatMap((step) =>
    step.waitsOn === undefined || step.waitsOn.kind === 'step' || step.waitsOn.kind === 'group'
      ? []
      : [[step.id, waitedText(step, nowMs), oneLine(waitText(step.waitsOn))]],
  );
  return rows.length === 0 ? [] : [[], ...tableLines(['WAITS NOW', 'FOR', 'FOR WHAT'], rows)];
}

const waitedText = ({ waitsOn }: StepView, nowMs: number): string =>
  waitsOn === undefined || waitsOn.sinceMs === 0 ? '' : span(nowMs - waitsOn.sinceMs);

/** The life of one step. */
export function stretchLines(stretches: readonly Stretch[], fromMs: number): readonly Line[] {
  const lasting = stretches.filter((stretch) => stretch.toMs > stretch.fromMs);
  const rows = lasting.slice(-MOST_PARTS).map(({ phase, fromMs: at, toMs, wait }) => {
    const what = wait === undefined || phase === 'running' ? '' : `: ${waitText(wait)}`;
    return [span(at - fromMs), span(toMs - at), oneLine(`${PHASE_WORDS[phase]}${what}`)];
  });
  return tableLines(['AT', 'FOR', ''], rows);
}

/** From what a step waits for down to what really holds it. */
export const becauseLines = (chain: readonly Because[], nowMs: number): readonly Line[] =>
  chain.map(({ depth, step, text, sinceMs }) => {
    const since = sinceMs === undefined || sinceMs === 0 ? '' : `, for ${span(nowMs - sinceMs)}`;
    return [[`  ${'  '.repeat(depth)}${oneLine(`${step} ${text}${since}`)}`]];
  });
