import fc from 'fast-check';
import { Map as Table } from 'immutable';
import { expect, it } from 'vitest';
import { resourcesOptions } from './options.ts';
import { order, places } from './policy.ts';
import { type Holder, type Lease, NOBODY } from './state.ts';

const options = resourcesOptions.parse({});
const AT = 60_000;

const entry = fc.record({
  holder: fc.constantFrom('r1', 'r2', 'r3'),
  priority: fc.constantFrom(5, 7, 10),
  rank: fc.integer({ min: 0, max: 2 }),
  sinceMs: fc.integer({ min: 0, max: AT }),
});

it('the places told to a few are those that the whole queue has in its order', () => {
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 40 }), fc.nat(), (entries, pick) => {
      const leases = entries.map(({ holder, priority, rank, sinceMs }, i): Lease => {
        const request = { lease: `${holder}/s${i}/1`, step: `s${i}`, needs: { cpu: 1, memory: 1 }, priority, rank };
        return { holder, request, sinceMs };
      });
      const waiting = Table(leases.map((lease) => [lease.request.lease, lease] as const));
      const holders = Table<string, Holder>([['r1', { ...NOBODY, leases: NOBODY.leases.add('r1/held/1') }]]);
      const whole = order({ waiting, holders }, AT, options).map(({ request }) => request.lease);
      const asked = whole.filter((_, i) => i % 7 === pick % 7).slice(0, 8);
      const told = places({ waiting, holders }, [...asked, 'nobody/knows/1'], AT, options);
      expect([...told].sort(([, a], [, b]) => a - b)).toEqual(asked.map((lease) => [lease, whole.indexOf(lease) + 1]));
      expect(places({ waiting, holders }, whole, AT, options)).toEqual(new Map(whole.map((l, i) => [l, i + 1])));
    }),
  );
});
