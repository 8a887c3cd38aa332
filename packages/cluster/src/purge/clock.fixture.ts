/** A clock that the test moves. */
export function clockOfTest() {
  let nowMs = 0;
  const timers = new Set<{ readonly dueMs: number; readonly callback: () => void }>();
  return {
    monotonic: () => nowMs,
    after(delayMs: number, callback: () => void) {
      const timer = { dueMs: nowMs + delayMs, callback };
      timers.add(timer);
      return { cancel: () => void timers.delete(timer) };
    },
    pass(ms: number) {
      nowMs += ms;
      for (const timer of [...timers]) {
        if (timer.dueMs > nowMs || !timers.delete(timer)) continue;
        timer.callback();
      }
    },
    get isIdle() {
      return timers.size === 0;
    },
  };
}
