/** A purge that takes longer than a run is held. */
import { createMemoryBroker } from '@tutti/bus';
import { createSubjects, shardOf } from '@tutti/contracts';
import { createBusJournals, createExchange, createJournal, EMPTY_TAIL, systemIds } from '@tutti/kernel';
import { noopMeter, silentLogger } from '@tutti/telemetry';
import { expect, it } from 'vitest';
import { serveNode } from '../node-calls.ts';
import { portsOf } from '../ports.ts';
import { clockOfTest } from './clock.fixture.ts';
import { Forgetting, HOLD_MS } from './forgetting.ts';
import { Purges } from './purges.ts';

const KEY = `wf.${shardOf('r')}.r`;
const nothing = { hosts: [], barriers: { forget: () => undefined } };

it('keeps the run from being loaded on every node for as long as it lasts, and no longer', async () => {
  const broker = createMemoryBroker();
  const [own, other] = [broker.connect('own'), broker.connect('other')];
  const clock = clockOfTest();
  const common = { ids: systemIds, log: silentLogger, meter: noopMeter, subjects: createSubjects() };
  const portsOn = (bus: typeof own) => ({ ...portsOf({ bus }), ...common, bus });
  const forgettings = { own: new Forgetting(clock), other: new Forgetting(clock) };
  const exchange = createExchange(portsOn(own), { identity: 'own', local: false });
  const asked = {
    name: 'other',
    rows: () => [],
    taken: () => [],
    holding: () => ({ type: 'node.holding' }) as never,
    forget: async (run: string, done: boolean) =>
      done ? forgettings.other.release(run) : forgettings.other.forget(run, nothing),
  };
  serveNode(portsOn(other), createExchange(portsOn(other), { identity: 'other', local: false }), asked);
  await createJournal(own, KEY).append(EMPTY_TAIL, {
    kind: 'steps',
    id: 'a',
    epoch: 1,
    time: 7,
    events: [],
    end: true,
  });
  const journals = createBusJournals(own);
  let [begin, goOn] = [(): void => undefined, (): void => undefined];
  const begun = new Promise<void>((resolve) => (begin = resolve));
  const going = new Promise<void>((resolve) => (goOn = resolve));
  const slow = async (key: string): Promise<void> => {
    begin();
    await going;
    await journals.purge(key);
  };
  const purges = new Purges(
    { ...portsOn(own), clock: { ...portsOf({ bus: own }).clock, ...clock } },
    {
      ...{ exchange, forgetting: forgettings.own, forgetful: nothing, journals: { ...journals, purge: slow } },
      letters: { reasonOf: async () => undefined, release: async () => undefined },
      workflows: { get: () => undefined, ensure: async () => undefined },
      others: () => ['other'],
      isOwned: () => true,
    },
  );
  const isHeld = (forgetting: Forgetting): boolean => {
    try {
      void forgetting.watched({ allow: async () => undefined, failed: () => undefined }).allow({ run: 'r' });
      return false;
    } catch {
      return true;
    }
  };
  const held = (): readonly boolean[] => [isHeld(forgettings.own), isHeld(forgettings.other)];
  const purged = purges.purge('r');
  await begun;
  for (let passed = 0; passed < 3 * HOLD_MS; passed += HOLD_MS / 4) {
    clock.pass(HOLD_MS / 4);
    await own.flush();
    await new Promise(setImmediate);
    expect(held()).toEqual([true, true]);
  }
  goOn();
  expect(await purged).toMatchObject({ found: true });
  await expect.poll(held).toEqual([false, false]);
  expect(clock.isIdle).toBe(true);
});
