/** The row of one storm: what was done, and each count that must be 0. Pure. */

import { CHECKS } from './checks/index.ts';
import type { Storm, StormOptions } from './storm.ts';

export interface Report {
  readonly row: Readonly<Record<string, unknown>>;
  /** What the checkers found, a line each. */
  readonly findings: readonly string[];
}

/** Longest time to the start of a run that needs the whole pool, ms: some messages, on a busy machine. */
const AT_ONCE_MS = 1_000;

export function report({ kind, seed, forMs }: StormOptions, storm: Storm): Report {
  const { facts, rest, version, isSeparated, settledMs } = storm;
  const found = Object.entries(CHECKS).map(
    ([name, checks]) => [name, checks.flatMap((check) => check(facts))] as const,
  );
  const isHeldBack = rest.startedMs > AT_ONCE_MS;
  const why = `a run that needs the whole pool had all of it after ${rest.startedMs} ms`;
  found.push(['slotsHeldBack', isHeldBack ? [why] : []]);
  const events = facts.runs.flatMap((run) => run.events);
  const row = {
    broker: kind,
    server: version,
    seed,
    minutes: Math.round(forMs / 600) / 100,
    separated: isSeparated,
    runs: facts.runs.length,
    outcomes: countBy(facts.runs.map(({ view }) => view?.outcome ?? 'none')),
    steps: events.filter(({ type }) => type === 'step.succeeded').length,
    executions: facts.executions.length,
    commits: events.filter(({ type }) => type === 'context.committed').length,
    adopted: events.filter(({ type }) => type === 'step.adopted').length,
    recovered: events.filter(({ type }) => type === 'run.recovered').length,
    faults: countBy(facts.faults.map((fault) => fault.kind)),
    settledMs,
    poolEmptyMs: rest.emptyMs,
    wholePoolStartedMs: Number.isFinite(rest.startedMs) ? rest.startedMs : null,
    ...Object.fromEntries(found.map(([name, lines]) => [name, lines.length])),
  };
  return { row, findings: found.flatMap(([name, lines]) => lines.map((line) => `${name}: ${line}`)) };
}

const countBy = (words: readonly string[]): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for (const word of [...words].sort()) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
};
