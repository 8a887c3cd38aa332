/**
 * Promise 6: a barrier decides exactly once: one recorded decision a round, and one told by one barrier. A barrier that is
 * opened again elsewhere, or after its node had lost it, may find another, as long as one is recorded.
 */
import { type Checker, when } from './evidence.ts';
import { marred } from './lost.ts';

/** A group that falls back to one after another decides a second time, about its second round. */
const MAX_ROUNDS = 2;

/** What a node says when it gives up its shards: whatever it hosts after that is another incarnation. */
const STOPS = /this node stops its actors/;

export const barrierDecidesOnce: Checker = (evidence) => {
  const { observations, runs } = evidence;
  // What a run has forgotten with its journal is asked again.
  const lost = marred(evidence, 'wf');
  const wrong: string[] = [];
  const told = new Map<string, string>();
  const lives = new Map<string, number>();
  for (const seen of observations) {
    if (seen.kind === 'log' && STOPS.test(seen.text)) lives.set(seen.process, (lives.get(seen.process) ?? 0) + 1);
    if (seen.kind !== 'sent' || seen.message.type !== 'barrier.closed') continue;
    const { run, group, round, decision } = seen.message;
    if (lost.has(run)) continue;
    const key = `${seen.process}~${lives.get(seen.process) ?? 0}/${run}/${group}/${round}`;
    const first = told.get(key) ?? decision;
    if (first !== decision) wrong.push(`${when(seen.at)}: the barrier ${key} said ${first}, then ${decision}`);
    told.set(key, first);
  }
  for (const { run, events } of runs) {
    const closed = new Map<string, number>();
    let fallbacks = 0;
    for (const { type, data } of events) {
      if (type === 'group.fallback') fallbacks += 1;
      if (type === 'run.retried') closed.clear();
      if (type !== 'group.closed') continue;
      const group = String(data['group']);
      closed.set(group, (closed.get(group) ?? 0) + 1);
    }
    for (const [group, times] of closed) {
      const allowed = fallbacks > 0 ? MAX_ROUNDS : 1;
      if (times > allowed) wrong.push(`the barrier of "${group}" in ${run} is recorded as decided ${times} times`);
    }
  }
  return wrong;
};
