/**
 * Bugs planted on purpose, to show that the checkers bite.
 *
 * None of them stands in the product: a bug is a change of its source at one place, made while the simulation loads it
 * (`hooks.js`), and asleep even then until its name is set (docs/adr/0013). When the place changes, planting fails and says so:
 * the bug is then planted anew, beside what the code has become.
 */
export interface Bug {
  readonly name: string;
  /** What the broken engine does. */
  readonly what: string;
  /** From the repository's root. */
  readonly file: string;
  /** Stands there exactly once. */
  readonly from: string;
  /** Takes its place; `PLANTED` is true once the bug is awake. */
  readonly to: string;
  /** The checker that is to find it. */
  readonly checker: string;
  /** The first seed from 1 in which it does; absent: it is so rare that no search has come that far. */
  readonly seed?: number;
}

export const BUGS: readonly Bug[] = [
  {
    name: 'context-takes-old-owners',
    what: 'the context store skips the epoch check: an owner that was replaced still commits',
    file: 'packages/context/src/commit.ts',
    from: 'if (message.ownerEpoch < state.ownerEpoch)',
    to: 'if (!PLANTED && message.ownerEpoch < state.ownerEpoch)',
    checker: 'staleEpochsAreRefused',
    seed: 262,
  },
  {
    name: 'agent-takes-old-orders',
    what: 'an instance skips the epoch check: an order that comes late starts an attempt that was replaced',
    file: 'packages/agent/src/policy.ts',
    from: 'if (order.epoch < floorOf(context, order))',
    to: 'if (!PLANTED && order.epoch < floorOf(context, order))',
    checker: 'oldOrdersAreRefused',
    seed: 245,
  },
  {
    name: 'run-commits-old-attempts',
    what: 'a run takes the outcome of an attempt that it has given to another instance',
    file: 'packages/supervisor/src/run/attempt.ts',
    from: 'if (known === undefined || event.epoch < step.epoch) return record',
    to: 'if (known === undefined || (!PLANTED && event.epoch < step.epoch)) return record',
    checker: 'staleEpochsAreRefused',
    seed: 262,
  },
  {
    name: 'effect-before-append',
    what: 'effects are performed before the record of their event is acknowledged',
    file: 'packages/kernel/src/writer.ts',
    from: '    this.#batch.effects.push(...pending);\n    this.#flushSoon();',
    to: '    if (PLANTED) this.#author.perform(pending);\n    else this.#batch.effects.push(...pending);\n    this.#flushSoon();',
    checker: 'answersFollowAppends',
    seed: 1,
  },
  {
    name: 'append-without-compare',
    what: 'a journal is appended to wherever it ends, so that an owner that was replaced goes on writing',
    file: 'packages/kernel/src/journal.ts',
    from: 'await this.#restore(tail, this.#moved(tail)) : tail.seq;',
    to: 'await this.#restore(tail, this.#moved(tail)) : PLANTED ? ((await this.#bus.logs.last(this.key))?.seq ?? 0) : tail.seq;',
    checker: 'everyRunEnds',
    seed: 1,
  },
  {
    name: 'checkpoint-forgets-timers',
    what: 'a new owner goes on from a checkpoint without the timers that were set at it',
    file: 'packages/kernel/src/actor.ts',
    from: 'this.#timers.thaw(from?.timers ?? []);',
    to: 'this.#timers.thaw(PLANTED ? [] : (from?.timers ?? []));',
    checker: 'everyRunEnds',
    seed: 166,
  },
  {
    name: 'commit-twice',
    what: 'a context commit is not deduplicated: what is asked for again is applied again',
    file: 'packages/context/src/commit.ts',
    from: 'const earlier = versionOf(state, message);',
    to: 'const earlier = PLANTED ? 0 : versionOf(state, message);',
    checker: 'commitsAreMadeOnce',
    seed: 1,
  },
  {
    name: 'clash-overwrites',
    what: 'a clash of two writes keeps the later one and forgets the other',
    file: 'packages/context/src/merge.ts',
    from: '  to.clashes.push({ path, base, ours, theirs });\n  return theirs;',
    to: '  if (!PLANTED) to.clashes.push({ path, base, ours, theirs });\n  return PLANTED ? ours : theirs;',
    checker: 'noWriteIsLost',
    seed: 21,
  },
  {
    name: 'decision-overwrites-unseen',
    what: 'a decision about a conflict is taken though something else stands there by now',
    file: 'packages/context/src/resolve.ts',
    from: 'if (last <= over || same',
    to: 'if (PLANTED || last <= over || same',
    checker: 'noWriteIsLost',
    seed: 111,
  },
  {
    name: 'decision-dies-with-its-owner',
    what: 'an order to decide a conflict is not asked for again: neither after an answer that was lost nor by a new owner',
    file: 'packages/supervisor/src/run/resolve.ts',
    from: 'for (const order of decidingOf(turn.run)) ask(turn, order);',
    to: 'for (const order of PLANTED ? [] : decidingOf(turn.run)) ask(turn, order);',
    checker: 'everyRunEnds',
  },
  {
    name: 'torn-snapshot',
    what: 'a read of an older version is answered with what stands there now',
    file: 'packages/context/src/read.ts',
    from: 'return paths.some(isChanged) ? treeAt(state, version) : state.tree;',
    to: 'return !PLANTED && paths.some(isChanged) ? treeAt(state, version) : state.tree;',
    checker: 'snapshotsAreWhole',
    seed: 1,
  },
  {
    name: 'pool-forgets-memory',
    what: 'the pool does not count memory',
    file: 'packages/resources/src/pool.ts',
    from: 'memory: exact(used.memory + needs.memory)',
    to: 'memory: PLANTED ? 0 : exact(used.memory + needs.memory)',
    checker: 'poolIsNeverExceeded',
    seed: 1,
  },
  {
    name: 'pool-frees-twice',
    what: 'a lease that is given back is counted as free twice',
    file: 'packages/resources/src/policy.ts',
    from: 'draft.used = minus(draft.used, held.request.needs);',
    to: 'draft.used = minus(PLANTED ? minus(draft.used, held.request.needs) : draft.used, held.request.needs);',
    checker: 'poolIsNeverExceeded',
    seed: 1,
  },
  {
    name: 'pool-grants-while-closed',
    what: 'a new resource manager grants before it knows what is held',
    file: 'packages/resources/src/policy.ts',
    from: 'if (!draft.open || draft.waiting.isEmpty()',
    to: 'if ((!PLANTED && !draft.open) || draft.waiting.isEmpty()',
    checker: 'poolIsNeverExceeded',
    seed: 17,
  },
  {
    name: 'pool-keeps-slots',
    what: 'a lease that is given back is not counted as free',
    file: 'packages/resources/src/pool.ts',
    from: 'agents: used.agents - 1,',
    to: 'agents: used.agents - (PLANTED && needs.cpu > 45 ? 0 : 1),',
    checker: 'nothingLeaks',
    seed: 1,
  },
  {
    name: 'lease-stolen-early',
    what: 'the leases of a holder are taken back long before its lease period is over',
    file: 'packages/resources/src/policy.ts',
    from: 'at - row.seenMs >= leaseMs',
    to: 'at - row.seenMs >= (PLANTED ? leaseMs / 3 : leaseMs)',
    checker: 'leasesAreNotStolen',
    seed: 11,
  },
  {
    name: 'barrier-forgets-extension',
    what: 'a barrier tells that its time is extended, and does not wait for that long',
    file: 'packages/barrier/src/machine.ts',
    from: 'const settled = settle(next, event);',
    to: 'const settled = settle(PLANTED ? { ...next, openedAtMs: next.openedAtMs - next.rules.extensionMs } : next, event);',
    checker: 'barriersKeepTheirTime',
    seed: 1,
  },
  {
    name: 'barrier-decides-early',
    what: 'a barrier decides at half of its time',
    file: 'packages/barrier/src/policy.ts',
    from: 'openedAtMs + rules.timeoutMs + extensions * rules.extensionMs;',
    to: 'openedAtMs + (PLANTED ? rules.timeoutMs / 2 : rules.timeoutMs) + extensions * rules.extensionMs;',
    checker: 'barriersKeepTheirTime',
    seed: 6,
  },
  {
    name: 'barrier-decides-twice',
    what: 'a node forgets which barriers have decided: one that is asked late decides again',
    file: 'packages/cluster/src/decided.ts',
    from: "if (message?.type !== 'barrier.open' || known",
    to: "if (PLANTED || message?.type !== 'barrier.open' || known",
    checker: 'barrierDecidesOnce',
    seed: 91,
  },
  {
    name: 'decision-told-once',
    what: 'a barrier tells its decision once and does not care whether it was heard',
    file: 'packages/barrier/src/machine.ts',
    from: "set: [timer('repeat', delayMs)],",
    to: "set: PLANTED ? [] : [timer('repeat', delayMs)],",
    checker: 'everyRunEnds',
    seed: 22,
  },
  {
    name: 'outcome-recorded-early',
    what: 'an instance is told that its outcome is recorded before it is: it forgets it, and a lost commit loses it',
    file: 'packages/supervisor/src/run/attempt.ts',
    from: '  if (refused !== undefined) return tellFailed(turn, event, refused);',
    to: "  if (PLANTED) record(turn, event, 'recorded');\n  if (refused !== undefined) return tellFailed(turn, event, refused);",
    checker: 'recordedMeansKept',
    seed: 1,
  },
  {
    name: 'recovery-forgets-owed-work',
    what: 'a new owner does not start again what nobody runs any more',
    file: 'packages/supervisor/src/run/recover.ts',
    from: 'else if (isActive(step) && !adopted.includes(id)) restart(turn, id, keepMs.get(id));',
    to: 'else if (!PLANTED && isActive(step) && !adopted.includes(id)) restart(turn, id, keepMs.get(id));',
    checker: 'everyRunEnds',
    seed: 6,
  },
  {
    name: 'recovery-repeats-finished-work',
    what: 'a new owner starts steps again that were done',
    file: 'packages/supervisor/src/run/recover.ts',
    from: 'if (isOver(step)) giveBackUnused(turn, id);',
    to: "if (PLANTED && step.status === 'succeeded') restart(turn, id);\n    else if (isOver(step)) giveBackUnused(turn, id);",
    checker: 'outcomesAreRecordedOnce',
    seed: 2,
  },
  {
    name: 'verdict-recorded-early',
    what: 'an instance is told that its verdict is recorded before it is: a crash then loses it',
    file: 'packages/supervisor/src/run/attempt.ts',
    from: "  turn.custom('self', { type: 'validation.done',",
    to: "  if (PLANTED) record(turn, event, 'recorded');\n  turn.custom('self', { type: 'validation.done',",
    checker: 'recordedMeansKept',
    seed: 1120,
  },
  {
    name: 'run-ends-before-verdicts',
    what: 'a run ends when its steps are over, whatever is still judged',
    file: 'packages/supervisor/src/run/finish.ts',
    from: 'if (!steps.every((step)',
    to: 'if (!steps.every((step, place) => (PLANTED && place >= turn.run.definition.steps.length) || (isOver(step) && !step.held))) return;\n  if (!PLANTED && !steps.every((step)',
    checker: 'validationsEndOnce',
    seed: 1,
  },
  {
    name: 'verdict-before-join',
    what: 'what a member made is judged before its group has joined',
    file: 'packages/supervisor/src/run/judging.ts',
    from: '...(barrier === undefined ? [] :',
    to: '...(PLANTED || barrier === undefined ? [] :',
    checker: 'validationsEndOnce',
    seed: 1,
  },
  {
    name: 'lost-tail-stays-lost',
    what: 'an owner goes on after what the broker has left, and does not append again what it lost',
    file: 'packages/kernel/src/kept-tail.ts',
    from: 'const missing = this.#after(last, tail, fenced);',
    to: 'const missing = PLANTED ? [] : this.#after(last, tail, fenced);',
    checker: 'lostTailsComeBack',
    seed: 109,
  },
  {
    name: 'pool-frees-the-unheard',
    what: 'a run gives back at once what an instance holds that it does not hear of any more',
    file: 'packages/supervisor/src/run/keep.ts',
    from: 'if (keepMs <= 0 || lease === undefined || !held)',
    to: 'if (PLANTED || keepMs <= 0 || lease === undefined || !held)',
    checker: 'workFitsThePool',
    seed: 554,
  },
  {
    name: 'placing-says-nothing',
    what: 'a step that no instance has taken yet does not say that it waits for one',
    file: 'packages/supervisor/src/run/view.ts',
    from: "if (status === 'placing') return",
    to: "if (!PLANTED && status === 'placing') return",
    checker: 'waitsAreExplained',
    seed: 2,
  },
  {
    name: 'second-round-counts-the-first',
    what: 'the barrier of a second round is told how the members in line ended in the first one',
    file: 'packages/supervisor/src/run/group.ts',
    from: 'inLine.has(id) ? []',
    to: '!PLANTED && inLine.has(id) ? []',
    checker: 'fallbacksTakeTurns',
    seed: 36,
  },
];

/** The switch: the planted sources look at it. */
export function plant(name: string | undefined): void {
  (globalThis as { tuttiPlanted?: string | undefined }).tuttiPlanted = name;
}
