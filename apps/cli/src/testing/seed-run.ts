/** Synthetic events of a run of the specification's workflow, for tests of what shows them. */
import type { EventData, EventType, TuttiEvent } from '@tutti/contracts';

export const START_MS = Date.parse('2026-01-02T03:04:05.000Z');

/** One event `atMs` after the start. */
export function event<T extends EventType>(type: T, atMs: number, data: EventData<T>, seq?: number): TuttiEvent {
  const time = new Date(START_MS + atMs).toISOString();
  return { v: 1, type, time, run: 'r-1', ...(seq === undefined ? {} : { seq }), data };
}

export const submitted = event('run.submitted', 0, {
  workflow: 'seed',
  planHash: 'abc',
  steps: 4,
  plannedMs: 10_000,
  lowerBoundMs: 9_000,
  sequentialMs: 14_000,
  criticalPath: ['pm', 'architect', 'developer'],
});

export const started = (step: string, atMs: number, attempt = 1): TuttiEvent =>
  event('step.started', atMs, { step, agent: step, attempt, epoch: attempt, instance: `${step}-1` });

export const succeeded = (step: string, atMs: number, durationMs: number, version: number): TuttiEvent =>
  event('step.succeeded', atMs, { step, agent: step, attempt: 1, epoch: 1, version, durationMs });

export const ready = (step: string, atMs: number): TuttiEvent => event('step.ready', atMs, { step, agent: step });

export const granted = (step: string, atMs: number, waitedMs = 0): TuttiEvent =>
  event('step.granted', atMs, { step, lease: `r-1/${step}/1`, cpu: 40, memory: 35, waitedMs });

/** pm for 2 s; ux_expert 3 s and architect 4 s at once (architect after 500 ms in the queue); developer for 3 s. */
export const SEED_RUN: readonly TuttiEvent[] = [
  submitted,
  ready('pm', 0),
  granted('pm', 10),
  started('pm', 20),
  event('step.progress', 1_000, { step: 'pm', attempt: 1, fraction: 0.5, note: 'half way' }),
  succeeded('pm', 2_020, 2_000, 1),
  event('group.opened', 2_020, {
    group: 'design',
    members: ['ux_expert', 'architect'],
    deadlineMs: START_MS + 602_020,
  }),
  ready('ux_expert', 2_020),
  ready('architect', 2_020),
  granted('ux_expert', 2_030),
  started('ux_expert', 2_040),
  event('step.waiting', 2_040, {
    step: 'architect',
    kind: 'pool',
    names: ['ux_expert'],
    reason: 'waits for memory: needs 35, 30 free',
  }),
  event('pool.usage', 2_050, {
    pool: 'default',
    open: true,
    cpu: 40,
    memory: 35,
    agents: 1,
    cpuLimit: 120,
    memoryLimit: 100,
    agentsLimit: 3,
    waiting: 1,
  }),
  granted('architect', 2_540, 500),
  started('architect', 2_550),
  succeeded('ux_expert', 5_040, 3_000, 2),
  succeeded('architect', 6_550, 4_000, 3),
  event('group.closed', 6_550, {
    group: 'design',
    decision: 'complete',
    succeeded: ['ux_expert', 'architect'],
    missing: [],
    reason: '',
  }),
  ready('developer', 6_550),
  granted('developer', 6_560),
  started('developer', 6_570),
  succeeded('developer', 9_570, 3_000, 4),
  event('run.finished', 9_600, {
    outcome: 'succeeded',
    reason: '',
    makespanMs: 9_600,
    plannedMs: 10_000,
    lowerBoundMs: 9_000,
    sequentialMs: 14_000,
    succeeded: 4,
    failed: 0,
    skipped: 0,
    cancelled: 0,
    conflicts: 0,
  }),
];
