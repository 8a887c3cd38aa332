/** What may happen to a run, as messages: each of a step, with an epoch that is the present one, older or newer. */
import type { WorkflowDefinition } from '@tutti/contracts';
import { planWorkflow } from '@tutti/planner';
import { stepIn } from '../run/graph.ts';
import type { RunContext } from '../run/model.ts';

export interface Move {
  readonly what: (typeof WHATS)[number] | (typeof JUDGING)[number] | (typeof DECIDING)[number];
  readonly step: string;
  /** 0: the present epoch; otherwise an older or a newer one. */
  readonly off: number;
}
export const WHATS = [
  'grant',
  'place',
  'unplace',
  'succeed',
  'fail',
  'commit',
  'lose',
  'stopped',
  'revoke',
  'close',
  'abort',
  'cancel',
  'recover',
  'opened',
  'surveyed',
  'timeout',
  'retry',
  'sync',
  'announce',
  'full',
  'refuse',
  'unfilled',
  'unfit',
  'foresee',
  'due',
  'available',
  'start',
  'status',
  'describe',
  'pause',
  'resume',
  'approve',
  'signal',
  'wait',
  'again',
] as const;
/** What happens to validations alone. */
export const JUDGING = ['judge', 'judged', 'late'] as const;
/** What happens to conflicts alone. */
export const DECIDING = ['clash', 'resolve', 'resolved', 'undecided', 'again-undecided'] as const;

export function eventOf(
  { what, step, off }: Move,
  run: RunContext,
): { readonly type: string; readonly [key: string]: unknown } {
  const state = stepIn(run, step);
  const epoch = (state?.epoch ?? 0) + off;
  const at = { role: step, instance: `${step}-1` };
  const ref = { run: 'r', step, attempt: state?.attempt ?? 1, epoch };
  const outcome = { ...ref, ...at, base: 0, startedAtMs: 1, endedAtMs: 2 };
  const error = { code: 'agent_failed', message: 'no', retryable: off === 0 };
  const commit = { step, epoch, version: 1, duplicate: false, paths: [], conflicts: [] };
  const closed = { run: 'r', group: 'g', round: 1, arrived: [], reason: 'told' };
  switch (what) {
    case 'grant':
      return { type: 'resource.granted', pool: 'default', granted: [state?.lease ?? 'r/none/1'], leaseMs: 10_000 };
    case 'place':
      return { type: 'attempt.placed', ...ref, instance: at.instance };
    case 'unplace':
      return { type: 'attempt.unplaced', ...ref, reason: 'busy' };
    case 'succeed':
      return { type: 'attempt.outcome', ...outcome, result: { status: 'succeeded', writes: [] } };
    case 'fail':
      return { type: 'attempt.failed', ...ref, ...at, error };
    case 'commit':
      return { type: 'context.committed', ...commit };
    case 'lose':
      return { type: 'attempt.lost', ...ref, instance: at.instance, reason: 'gone' };
    case 'stopped':
      return { type: 'attempt.stopped', ...ref, ...at };
    case 'revoke':
      return { type: 'resource.revoked', pool: 'default', leases: [state?.lease ?? ''], reason: 'silent' };
    case 'close':
      return { type: 'barrier.closed', ...closed, decision: 'complete', missing: [] };
    case 'abort':
      return { type: 'barrier.closed', ...closed, decision: 'aborted', missing: [step] };
    case 'cancel':
      return { type: 'run.cancel', run: 'r', reason: 'enough' };
    case 'recover':
      return { type: 'actor.recovered', ownerEpoch: run.ownerEpoch + 1, owner: 'm' };
    case 'opened':
      return { type: 'context.opened', run: 'r', version: 0, commits: off === 0 ? [] : [commit] };
    case 'surveyed':
      return { type: 'attempt.surveyed', run: 'r', found: off === 0 ? [] : [{ ...ref, instance: at.instance }] };
    case 'timeout':
      return { type: 'timer.step', step, epoch };
    case 'retry':
      return { type: 'timer.retry', step };
    case 'sync':
      return { type: 'timer.sync' };
    case 'full':
      return { type: 'log.filled' };
    case 'announce':
      return { type: 'resource.announce', pool: 'default' };
    case 'refuse':
      return { type: 'context.refused', error };
    case 'unfilled':
      return { type: 'fill.refused', group: 'g', error };
    case 'unfit':
      return { type: 'step.unfit', lease: state?.lease ?? 'r/none/1', reason: 'too large' };
    case 'foresee':
      return { type: 'run.foreseen', atMs: 5_000 + off, predictedEndMs: 9_000, delayMs: 500 * off, critical: [step] };
    case 'available':
      return { type: 'instance.available', role: step };
    case 'start':
      return startOf(run.definition);
    default:
      return orderOf(what, step, epoch, off, state?.dueAtMs);
  }
}

export const startOf = (definition: WorkflowDefinition) => {
  return { type: 'workflow.start', run: 'r', definition, plan: planWorkflow(definition), inputs: {} };
};

/** What people say to a run, and the end of the time that they have for it. */
function orderOf(what: Move['what'], step: string, epoch: number, off: number, dueAtMs = 0) {
  const judgement = { run: 'r', step, attempt: 1, epoch, role: 'b', instance: 'b-1' };
  const yes = { status: 'validated', verdict: 'passed', findings: [] };
  switch (what) {
    case 'pause':
      return { type: 'run.pause', run: 'r', by: 'ann' };
    case 'resume':
      return { type: 'run.resume', run: 'r', by: 'ben' };
    case 'approve':
      return { type: 'run.approve', run: 'r', step: off < 0 ? step : 'ok', approved: off === 0, by: 'ann' };
    case 'signal':
      return { type: 'run.signal', run: 'r', name: off < 0 ? 'red' : 'green', by: 'ann', data: off };
    case 'again':
      return { type: 'run.retry', run: 'r', by: 'ann', request: `q${epoch}`, ...(off === 0 ? {} : { step }) };
    case 'wait':
      return { type: 'timer.wait', step, epoch };
    case 'judge':
      return { type: 'attempt.outcome', ...judgement, base: 0, startedAtMs: 1, endedAtMs: 2, result: yes };
    case 'judged':
      return { type: 'validation.done', ...judgement, durationMs: 1, result: { verdict: 'passed', findings: [] } };
    case 'late':
      return { type: 'timer.validation', step, dueAtMs: dueAtMs + off };
    case 'due':
      return { type: 'commits.due' };
    case 'describe':
      return { type: 'run.describe', run: 'r' };
    default:
      return conflictOf(what, step, epoch, off);
  }
}

const TAKES = ['refused', 'kept', { value: 1 }] as const;

/** Two writers at one place, and what a person and the context store say of it. */
function conflictOf(what: Move['what'], step: string, epoch: number, off: number) {
  const id = `2-${step}`;
  const take = TAKES[off + 1] ?? 'kept';
  const sides = { kept: { author: 'b', value: 1 }, refused: { author: step, value: 2 } };
  switch (what) {
    case 'clash': {
      const conflicts = [{ id, path: `/${step}`, version: 2, ...sides }];
      return { type: 'context.committed', step, epoch, version: 2, duplicate: false, paths: [], conflicts };
    }
    case 'resolve':
      return { type: 'run.resolve', run: 'r', conflict: id, take, by: 'ann' };
    case 'resolved':
      return { type: 'context.resolved', run: 'r', conflict: id, newest: 3, resolved: { take, by: 'ann', atMs: 1 } };
    case 'undecided':
      return {
        type: 'conflict.refused',
        conflict: id,
        error: { code: 'place_changed', message: '', retryable: false },
      };
    case 'again-undecided':
      return { type: 'timer.resolve' };
    default:
      return { type: 'run.status', run: 'r' };
  }
}
