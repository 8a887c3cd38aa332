/** The figures of a run by the table of the contracts (`RUN_METRICS`), of what its events told. */
import type { RunMetrics } from '@tutti/contracts';
import { rowsOf, workOf } from './figures.ts';
import type { RunBoard } from './run-board.ts';
import { timeIn } from './step-row.ts';
import { timePath } from './time-path.ts';
import { used } from './usage.ts';

/** A figure, or why there is none. */
type Figure<T> = T | Unknown;

class Unknown {
  readonly why: string;
  constructor(why: string) {
    this.why = why;
  }
}
const unknown = (why: string): Unknown => new Unknown(why);

/** Of a run that goes on: so far. `nowMs`: until when, ms since 1970; default: its last event. */
export function metricsOf(board: RunBoard, nowMs: number = board.finished?.atMs ?? board.lastMs): RunMetrics {
  const whys: Record<string, string> = {};
  const told = <T>(name: string, figure: Figure<T>): T | null => {
    if (!(figure instanceof Unknown)) return figure;
    whys[name] = figure.why;
    return null;
  };
  const use = utilization(board, nowMs);
  const execution_metrics = {
    total_workflow_time: told('total_workflow_time', board.finished?.makespanMs ?? unknown('the run has not ended')),
    individual_agent_execution_time: told('individual_agent_execution_time', executionTimes(board, nowMs)),
    parallel_efficiency_ratio: told('parallel_efficiency_ratio', efficiency(board, nowMs)),
    context_lock_wait_time: told('context_lock_wait_time', board.tally.commitMs ?? unknown(commitsUntold(board))),
    resource_utilization_percentage: told('resource_utilization_percentage', use),
  };
  const quality_metrics = {
    output_quality_scores: told('output_quality_scores', scores(board)),
    validation_failure_rate: told('validation_failure_rate', failureRate(board)),
    context_conflict_frequency: told('context_conflict_frequency', conflictFrequency(board)),
    retry_rate: told('retry_rate', retryRate(board)),
  };
  const system_metrics = {
    memory_usage_peak: told('memory_usage_peak', memoryPeak(board)),
    cpu_utilization_average: told('cpu_utilization_average', use instanceof Unknown ? use : use.cpu),
    cache_hit_ratios: told('cache_hit_ratios', cacheHits(board)),
    network_latency_impact: told('network_latency_impact', latency(board, nowMs)),
  };
  return { execution_metrics, quality_metrics, system_metrics, unknown: whys };
}

const NOTHING_RAN = 'no step has begun';

/** Three digits after the point are more than any of these means. */
const rounded = (value: number): number => Math.round(value * 1_000) / 1_000;
const percent = (part: number, whole: number): number => rounded((100 * part) / whole);

function executionTimes(board: RunBoard, nowMs: number): Figure<{ steps: Names; agents: Names }> {
  const rows = [...board.steps.values()].filter(({ startedMs }) => startedMs !== undefined);
  if (rows.length === 0) return unknown(NOTHING_RAN);
  const [steps, agents]: [Names, Names] = [{}, {}];
  for (const row of rows) {
    const ms = timeIn(row, 'running', nowMs);
    steps[row.id] = ms;
    agents[row.agent] = (agents[row.agent] ?? 0) + ms;
  }
  return { steps, agents };
}

type Names = Record<string, number>;

function efficiency(board: RunBoard, nowMs: number): Figure<number> {
  const { sequentialMs, speedUp } = workOf(board, nowMs);
  const { runningPeak } = board.usage;
  return sequentialMs === 0 || runningPeak === 0 ? unknown(NOTHING_RAN) : rounded(speedUp / runningPeak);
}

const commitsUntold = ({ tally }: RunBoard): string =>
  tally.commits === 0
    ? 'nothing was committed'
    : 'the run was owned by a version that does not tell how long commits took';

const NO_POOL = 'the run was started by a version that does not tell the size of the pool';

function utilization(board: RunBoard, nowMs: number): Figure<{ cpu: number; memory: number; agents: number }> {
  const pool = board.submitted?.pool;
  if (pool === undefined) return unknown(NO_POOL);
  const { takenMs } = workOf(board, nowMs);
  if (takenMs === 0) return unknown('the run took no time');
  const usage = { ...board.usage };
  // Nothing has been told since the last event, and all is held as it was then.
  if (board.finished === undefined) used(usage, nowMs - board.lastMs);
  const { cpuMs, memoryMs, agentsMs } = usage;
  const share = (unitMs: number, units: number): number => (units === 0 ? 0 : percent(unitMs, units * takenMs));
  return { cpu: share(cpuMs, pool.cpu), memory: share(memoryMs, pool.memory), agents: share(agentsMs, pool.agents) };
}

function memoryPeak({ submitted, usage }: RunBoard): Figure<number> {
  if (submitted?.pool === undefined) return unknown(NO_POOL);
  return submitted.pool.memory === 0
    ? unknown('the pool has no memory units')
    : percent(usage.memoryPeak, submitted.pool.memory);
}

const NOT_JUDGED = 'nothing was judged: no step validates another, and no group has `cross_validation`';

function scores({ tally }: RunBoard): Figure<Names> {
  if (tally.verdicts.size === 0) return unknown(NOT_JUDGED);
  const shares = [...tally.verdicts].map(([of, { passed, failed }]) => [of, rounded(passed / (passed + failed))]);
  return Object.fromEntries(shares) as Names;
}

function failureRate({ tally }: RunBoard): Figure<number> {
  const all = [...tally.verdicts.values()];
  if (all.length === 0) return unknown(NOT_JUDGED);
  const failed = all.reduce((sum, verdicts) => sum + verdicts.failed, 0);
  return rounded(failed / all.reduce((sum, verdicts) => sum + verdicts.passed + verdicts.failed, 0));
}

const conflictFrequency = ({ tally }: RunBoard): Figure<number> =>
  tally.commits === 0 ? unknown('nothing was committed') : rounded(tally.conflicts / tally.commits);

const retryRate = ({ tally }: RunBoard): Figure<number> =>
  tally.attempts === 0 ? unknown('no attempt has begun') : rounded(tally.failedTries / tally.attempts);

const cacheHits = ({ tally }: RunBoard): Figure<Names> =>
  tally.cached === 0
    ? unknown('no step says that its output came from a cache')
    : { agent_output: rounded(tally.cached / tally.succeeded) };

function latency(board: RunBoard, nowMs: number): Figure<number> {
  const path = timePath(board, nowMs);
  if (path === undefined) return unknown('the start of the run was not seen');
  if (path.takenMs === 0 || rowsOf(board).every(({ startedMs }) => startedMs === undefined))
    return unknown(NOTHING_RAN);
  return percent(path.ms.engine ?? 0, path.takenMs);
}
