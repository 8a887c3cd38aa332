/** One event as one line for people: the time since the start, what it is about, what happened. */
import type { ErrorBody, EventData, EventOf, EventType, TuttiEvent } from '@tutti/contracts';
import { typedEvent } from '@tutti/telemetry/runs';
import { oneLine } from '../text/clean.ts';
import type { Line, Span, Style } from '../text/line.ts';
import { amount, clockTime, plural, span } from '../text/units.ts';
import { alertText, metricText, metricValue } from './alert-text.ts';
import { validationText, verdictStyle } from './validation-text.ts';

/** Subject, text, style of the text. */
type Told = readonly [subject: string, text: string, style?: Style];
type Tell<T extends EventType> = (data: EventData<T>) => Told;

const list = (names: readonly string[]): string => (names.length === 0 ? 'nothing' : names.join(', '));
const onInstance = (data: { attempt: number; instance: string }): string =>
  `${data.attempt > 1 ? `attempt ${data.attempt} ` : ''}on ${data.instance}`;
const because = (reason: string): string => (reason === '' ? '' : `: ${reason}`);

const noticeText = ({
  qualityImpact,
  notification,
}: Partial<Record<'qualityImpact' | 'notification', string | undefined>>): string => {
  const said = [
    ...(qualityImpact === undefined ? [] : [`quality impact ${qualityImpact}`]),
    ...(notification === undefined ? [] : [notification]),
  ];
  return said.length === 0 ? '' : ` (${said.join('; ')})`;
};

const OUTCOME_STYLE: Readonly<Record<string, Style>> = { succeeded: 'good', partial: 'warn', cancelled: 'warn' };

export const outcomeStyle = (outcome: string): Style => OUTCOME_STYLE[outcome] ?? 'bad';

const TELL: { readonly [T in EventType]: Tell<T> } = {
  'run.submitted': (d) => [d.workflow, `submitted: ${plural(d.steps, 'step')}, ${span(d.plannedMs)} planned`, 'bold'],
  'run.recovered': (d) => ['run', `recovered by ${d.owner}; ${plural(d.adopted.length, 'step')} still running`, 'warn'],
  'run.forecast': (d) => [
    'run',
    `will take ${span(d.predictedEndMs)}, ${d.delayMs < 0 ? `${span(-d.delayMs)} less` : `${span(d.delayMs)} more`} than planned`,
    'dim',
  ],
  'run.paused': (d) => ['run', `paused by ${d.by}${because(d.reason ?? '')}`, 'warn'],
  'run.resumed': (d) => ['run', `goes on after ${span(d.pausedMs)}, by ${d.by}`],
  'run.retried': (d) => ['run', `goes on, by ${d.by}: again ${list(d.steps)}; ${d.kept} kept`, 'accent'],
  'run.cancelling': (d) => ['run', `cancelling${because(d.reason)}`, 'warn'],
  'run.finished': (d) => [
    'run',
    `${d.outcome} after ${span(d.makespanMs)}${because(d.reason)}`,
    outcomeStyle(d.outcome),
  ],
  'run.metrics': (d) => ['run', `took ${span(d.execution_metrics.total_workflow_time ?? 0)}`, 'dim'],
  'step.ready': (d) => [d.step, 'ready'],
  'step.waiting': (d) => [d.step, `waits for ${waitText(d)}`, 'dim'],
  'step.answered': (d) => [d.step, answerText(d), d.approved === false ? 'warn' : 'good'],
  'step.granted': (d) => [d.step, `admitted: ${amount(d.cpu)} cpu, ${amount(d.memory)} memory`, 'dim'],
  'step.started': (d) => [d.step, `started ${onInstance(d)}`, 'accent'],
  'step.adopted': (d) => [d.step, `still runs ${onInstance(d)}`, 'accent'],
  'step.progress': (d) => [
    d.step,
    `${Math.round(d.fraction * 100)} %${d.note === undefined ? '' : ` ${d.note}`}`,
    'dim',
  ],
  'step.retrying': (d) => [d.step, `attempt ${d.attempt} failed, next in ${span(d.inMs)}: ${d.error.message}`, 'warn'],
  'step.succeeded': (d) => [
    d.step,
    `done ${d.cached === true ? 'from the cache' : `in ${span(d.durationMs)}`}, context version ${d.version}`,
    'good',
  ],
  'step.validated': (d) => [
    d.step,
    `judges ${list(d.validates)}: ${d.ok ? 'in order' : 'not in order'}${because(d.findings.join('; '))}`,
    d.ok ? 'good' : 'warn',
  ],
  'step.failed': (d) => [d.step, `failed: ${failureText(d.error)}`, 'bad'],
  'step.skipped': (d) => [d.step, `skipped, because of ${list(d.because)}`, 'warn'],
  'step.cancelled': (d) => [d.step, `cancelled${because(d.reason)}`, 'warn'],
  'group.opened': (d) => [d.group, `barrier open for ${list(d.members)}`, 'dim'],
  'group.extended': (d) => [d.group, `barrier extended, still waits for ${list(d.waitingFor)}`, 'warn'],
  'group.closed': (d) => [
    d.group,
    `barrier closed ${d.decision}${d.missing.length === 0 ? '' : `, without ${list(d.missing)}`}${because(d.reason)}${noticeText(d)}`,
    d.decision === 'complete' ? 'good' : 'warn',
  ],
  'group.fallback': (d) => [d.group, `runs ${list(d.members)} again, one after another`, 'warn'],
  'validation.started': (d) => [d.group, `${d.validator} looks at ${d.of} on ${d.instance}`, 'dim'],
  'validation.finished': (d) => [d.group, validationText(d), verdictStyle(d.verdict)],
  'context.committed': (d) => ['context', `version ${d.version} by ${d.step}: ${list(d.paths)}`, 'dim'],
  'context.conflict': (d) => ['context', `conflict at ${d.path}: ${d.kept} stands, ${d.refused} was refused`, 'bad'],
  'conflict.resolved': (d) => [
    'context',
    `conflict ${d.id} at ${d.path} decided by ${d.by}: ${d.take}${because(d.comment ?? '')}`,
    'good',
  ],
  'pool.usage': (d) => [
    'pool',
    `cpu ${amount(d.cpu)}/${amount(d.cpuLimit)}, memory ${amount(d.memory)}/${amount(d.memoryLimit)}, ` +
      `agents ${amount(d.agents)}/${amount(d.agentsLimit)}, ${namedText(d.named, ', ')}${d.waiting} waiting`,
    'dim',
  ],
  'resource.alert': (d) => ['pool', alertText(d), 'bad'],
  'resource.well': (d) => [
    'pool',
    `${metricText(d)}: well again after ${span(d.lastedMs)}, threshold ${metricValue(d.unit, d.threshold)}`,
    'good',
  ],
  'agent.joined': (d) => ['agents', `${d.process} on ${d.host} joined with ${list(Object.keys(d.roles))}`],
  'agent.left': (d) => ['agents', `${d.process} left${because(d.reason)}`, 'warn'],
  'node.joined': (d) => ['nodes', `${d.node} joined as ${list(d.roles)}`],
  'node.left': (d) => ['nodes', `${d.node} left${because(d.reason)}`, 'warn'],
  'node.alert': (d) => ['nodes', `${d.node}: ${d.error.message} (${d.error.code})`, 'bad'],
  'broker.alert': (d) => ['broker', `${d.condition} for ${d.node}: ${d.detail}`, 'bad'],
  'broker.well': (d) => ['broker', `well again for ${d.node}, ${d.condition} for ${span(d.lastedMs)}`, 'good'],
};

function answerText({ how, by, approved, comment = '' }: EventData<'step.answered'>): string {
  if (approved === undefined) return `the signal came from ${by}`;
  const word = approved ? 'approved' : 'rejected';
  return how === 'timeout' ? `${word} by default: nobody answered in time` : `${word} by ${by}${because(comment)}`;
}

/** The use of named resources, each followed by `after`; nothing where the pool has none. */
export const namedText = (named: EventData<'pool.usage'>['named'], after: string): string =>
  Object.entries(named ?? {})
    .map(([name, { used, limit }]) => `${name} ${amount(used)}/${amount(limit)}${after}`)
    .join('');

/** What failed, by which error, and where in the author's own files it was thrown, where that is known. */
export function failureText({ code, message, details }: ErrorBody): string {
  const place = details?.['place'];
  return `${message} (${code}${typeof place === 'string' && !message.includes(place) ? `, at ${place}` : ''})`;
}

/** What a waiting step waits for, in words. A reason of the supervisor may begin with the words that stand before it. */
export function waitText({ kind, names, reason }: { kind: string; names: readonly string[]; reason: string }): string {
  const told = reason.replace(/^waits for /, '');
  const who = names.join(', ');
  if (kind === 'pause') return `the run to go on: ${who} paused it`;
  if (kind === 'person') return `a person${because(told)}`;
  if (kind === 'pool') return `${told === '' ? 'room in the pool' : told}${who === '' ? '' : `, held by ${who}`}`;
  return `${kind}${who === '' ? '' : ` ${who}`}${told === '' || told === who ? '' : ` (${told})`}`;
}

function tell(event: EventOf): Told {
  return (TELL[event.type] as Tell<EventType>)(event.data);
}

/** The line of an event. `startMs` is the time of submission; without it the time of day (UTC) stands instead. */
export function eventLine(event: TuttiEvent, startMs: number | undefined): Line {
  const when = startMs === undefined ? clockTime(event.time) : span(Date.parse(event.time) - startMs).padStart(9);
  const typed = typedEvent(event);
  const head: Span = [`${when}  `, 'dim'];
  if (typed === undefined) return [head, [`${event.type} ${oneLine(JSON.stringify(event.data))}`, 'dim']];
  const [subject, text, style] = tell(typed);
  return [head, [`${oneLine(subject)}  `, 'bold'], [oneLine(text), style ?? 'plain']];
}

/** Events that stay in the scrollback above the board: what ended, and what a person should know. */
export const LASTING: ReadonlySet<EventType> = new Set<EventType>([
  'run.recovered',
  'run.paused',
  'run.resumed',
  'run.retried',
  'run.cancelling',
  'step.retrying',
  'step.answered',
  'step.succeeded',
  'step.validated',
  'step.failed',
  'step.skipped',
  'step.cancelled',
  'validation.finished',
  'group.extended',
  'group.closed',
  'group.fallback',
  'context.conflict',
  'conflict.resolved',
  'agent.left',
  'node.left',
  'node.alert',
  'resource.alert',
  'resource.well',
  'broker.alert',
  'broker.well',
]);
