/** `tutti show`: how one run stands. */
import type { Answer, RunView, StepView, ValidationView, WaitsOn } from '@tutti/contracts';
import { metricsOf } from '@tutti/telemetry/runs';
import { type Cli, DEFAULT_PREFIX } from '../cli.ts';
import { EXIT } from '../exit-code.ts';
import { assertRunId, knownRun } from '../known-run.ts';
import { recordedBoard } from '../recorded-run.ts';
import { conflictLines, decidedBy } from '../render/conflict-lines.ts';
import { paintFor, resolveOutput } from '../render/create-renderer.ts';
import { failureText, outcomeStyle, waitText } from '../render/event-line.ts';
import { stateOf } from '../render/state.ts';
import { tableLines } from '../render/table-lines.ts';
import { resultText } from '../render/validation-text.ts';
import { openRemote } from '../session.ts';
import { oneLine } from '../text/clean.ts';
import type { Line } from '../text/line.ts';
import { span } from '../text/units.ts';

/** What a step does or waits for comes first; the error of an attempt before it explains that, it does not take its place. */
function detail(step: StepView, nowMs: number): string {
  const { error } = step;
  const stands = standing(step, nowMs);
  if (error === undefined) return stands;
  const failed = failureText(error);
  if (step.endedAtMs !== undefined || stands === '') return failed;
  return isTold(error.message, step.waitsOn) ? stands : `${stands}; after: ${failed}`;
}

function standing({ waitsOn, answer, instance, cached }: StepView, nowMs: number): string {
  if (waitsOn !== undefined) return waiting(waitsOn, nowMs);
  if (answer !== undefined) return answered(answer);
  if (cached === true) return 'done from the cache';
  return instance === undefined ? '' : `on ${instance}`;
}

/** Who waits for another attempt says after what. */
const isTold = (message: string, waitsOn: WaitsOn | undefined): boolean =>
  waitsOn?.kind === 'backoff' && message !== '' && waitsOn.reason.endsWith(message);

const waiting = (waitsOn: WaitsOn, nowMs: number): string =>
  `waits ${span(nowMs - waitsOn.sinceMs)} for ${waitText(waitsOn)}`;

function answered({ by, approved, comment = '' }: Answer): string {
  const word = approved === undefined ? 'signalled' : approved ? 'approved' : 'rejected';
  return oneLine(`${word} by ${by}${comment === '' ? '' : `: ${comment}`}`);
}

function time(step: StepView, nowMs: number): string {
  return step.startedAtMs === undefined ? '' : span((step.endedAtMs ?? nowMs) - step.startedAtMs);
}

/** `where`: the options that its commands need to find the cluster. */
export function viewLines(view: RunView, nowMs: number, where = ''): readonly Line[] {
  const state = stateOf(view);
  const rows = view.steps.map((step) => [
    step.id,
    step.status,
    String(step.attempt),
    time(step, nowMs),
    detail(step, nowMs),
  ]);
  // Other figures of such a run are since it was retried.
  const since = view.retries === undefined ? '' : ' since it was submitted';
  return [
    [
      [oneLine(view.workflow), 'bold'],
      [`  ${view.run}  `, 'dim'],
      [oneLine(state), view.outcome === undefined ? 'accent' : outcomeStyle(view.outcome)],
    ],
    [
      [
        `  took ${span((view.endedAtMs ?? nowMs) - view.submittedAtMs)}${since}, context version ${view.contextVersion}`,
      ],
    ],
    [[`  owned by ${oneLine(view.owner)}, last event ${view.lastSeq}`, 'dim']],
    ...(view.reason === undefined ? [] : [[[`  ${oneLine(view.reason)}`] as const]]),
    ...conflictLines(view.conflicts, decidedBy(view.run, where)).map((text): Line => [[`  ${text}`, 'bad']]),
    [],
    ...tableLines(['STEP', 'STATE', 'TRY', 'TIME', ''], rows),
    ...answerLines(view, where),
    ...validationLines(view.validations ?? [], nowMs),
  ];
}

/** How what waits for somebody is answered. */
function answerLines({ run, steps }: RunView, where: string): readonly Line[] {
  const commands = steps.flatMap(({ id, waitsOn }) => {
    if (waitsOn?.kind === 'person') return [`tutti approve ${run} ${id}${where}   (--reject: the other answer)`];
    return waitsOn?.kind === 'signal' ? waitsOn.names.map((name) => `tutti signal ${run} ${name}${where}`) : [];
  });
  return commands.map((command, i) => [[i === 0 ? '  answer it: ' : '             ', 'dim'], [oneLine(command)]]);
}

/** A table of their own: they are no steps, and the run was over without them. */
function validationLines(validations: readonly ValidationView[], nowMs: number): readonly Line[] {
  if (validations.length === 0) return [];
  const rows = validations.map(({ group, validator, of, status, waitsOn, result }) => {
    const waits = waitsOn === undefined ? '' : waiting(waitsOn, nowMs);
    return [of, validator, group, status, oneLine(result === undefined ? waits : resultText(result))];
  });
  return [[], ...tableLines(['JUDGED', 'BY', 'AFTER', 'STATE', ''], rows)];
}

/**
 * The options by which the next command finds the same cluster: what is in the environment holds for it too. A URL with a
 * password, or one that a shell would take apart, is for whoever has it to write.
 */
export function whereOf({ io, globals: { nats, prefix } }: Cli): string {
  const url = nats !== undefined && /^[\w.:/,-]+$/.test(nats) ? nats : 'URL';
  const broker = nats === undefined || nats === io.env['TUTTI_NATS'] ? '' : ` --nats ${url}`;
  return prefix === (io.env['TUTTI_PREFIX'] ?? DEFAULT_PREFIX) ? broker : `${broker} --prefix ${prefix}`;
}

export async function show(cli: Cli, run: string): Promise<number> {
  const { io, globals } = cli;
  assertRunId(run, 'RUN');
  const session = await openRemote(cli);
  try {
    const view = await knownRun(run, session.client.status(run));
    if (resolveOutput(globals.output, io) === 'json') {
      const told = view.phase === 'ended' ? { metrics: metricsOf(await recordedBoard(session.client, run)) } : {};
      io.stdout.write(`${JSON.stringify({ ...view, ...told })}\n`);
      return EXIT.done;
    }
    const paint = paintFor(io);
    for (const line of viewLines(view, io.now(), whereOf(cli))) io.stdout.write(`${paint(line)}\n`);
    return EXIT.done;
  } finally {
    await session.close();
  }
}
