import { describe, expect, it } from 'vitest';
import { BackOff } from './back-off.ts';

/** When a client dials a server that stays away, ms since it lost it, as the loop of the client does it. */
function dials(forMs: number, random: () => number): { readonly times: readonly number[]; readonly backOff: BackOff } {
  let now = 0;
  const backOff = new BackOff(() => now, random);
  const times: number[] = [];
  for (let last = Number.NEGATIVE_INFINITY; now < forMs; ) {
    const wait = backOff.next();
    if (last + wait > now) now = last + wait;
    else {
      last = now;
      times.push(now);
    }
  }
  return { times, backOff };
}

const gapsOf = (times: readonly number[]): number[] => times.slice(1).map((at, i) => at - (times[i] ?? 0));

describe.each([0, 0.5, 0.999])('the pauses between dials, with a chance of %d', (chance) => {
  const { times, backOff } = dials(60_000, () => chance);

  it('begin short: a server that was away for 300 ms is back after 700', () => {
    expect(gapsOf(times)[0]).toBeLessThanOrEqual(50);
    expect(times.find((at) => at >= 300)).toBeLessThanOrEqual(700);
  });

  it('grow, and never beyond 2 s', () => {
    const gaps = gapsOf(times);
    expect(gaps).toEqual([...gaps].sort((a, b) => a - b));
    expect(gaps.at(-1)).toBe(Math.ceil(2_000 * (0.5 + chance / 2)));
  });

  it('begin again once the connection was there', () => {
    backOff.reset();
    expect(backOff.next()).toBeLessThanOrEqual(50);
  });
});
