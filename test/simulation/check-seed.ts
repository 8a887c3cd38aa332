/** Runs one seed and throws what is wrong with it, with all that is needed to look into it. */
import { type Simulation, type SimulationOptions, simulate } from '@tutti/testkit/simulation';
import { CHECKERS, gather, marred } from './checkers/index.ts';

/** Lines of a checker that are told, and of the trace's tail. */
const MAX_LINES = 5;
const TAIL_LINES = 40;

/**
 * What holds even of a run that has lost acknowledged records for good with its broker's power: an order that a person gave may
 * be among them, a start, a recorded outcome.
 */
const WITHOUT_RECORDS: ReadonlySet<string> = new Set([
  'lostTailsComeBack',
  'journalsHaveOneWriter',
  'nothingThrows',
  'sequencesHaveNoGaps',
]);

/** Every checker, or those named. */
export async function violations(
  simulation: Simulation,
  names: readonly string[] = Object.keys(CHECKERS),
): Promise<readonly string[]> {
  const evidence = await gather(simulation);
  const wanted = Object.entries(CHECKERS).filter(([name]) => names.includes(name));
  const lost = [...marred(evidence, 'wf', 'ctx')];
  const isPromised = (name: string, line: string): boolean =>
    WITHOUT_RECORDS.has(name) || !lost.some((run) => line.includes(run));
  return wanted.flatMap(([name, check]) =>
    check(evidence)
      .filter((line) => isPromised(name, line))
      .slice(0, MAX_LINES)
      .map((line) => `${name}: ${line}`),
  );
}

export async function checkSeed(options: SimulationOptions, names?: readonly string[]): Promise<Simulation> {
  const simulation = await simulate(options);
  const wrong = await violations(simulation, names);
  if (wrong.length > 0) throw new Error(report(simulation, wrong));
  return simulation;
}

const report = ({ seed, rates, trace }: Simulation, wrong: readonly string[]): string =>
  [
    `Seed ${seed} breaks a promise. It is made small and shown by: npm run sim -- --seed ${seed}`,
    ...wrong.map((line) => `  ${line}`),
    `Faults: ${JSON.stringify(rates)}`,
    `The last ${TAIL_LINES} of ${trace.observations.length} lines:`,
    trace.tail(TAIL_LINES),
  ].join('\n');
