/**
 * What every bus must do, whatever is behind it. `memory` runs it as a unit test, `nats` on real servers.
 * A bus that passes may be put under any actor; a claim that matters to an actor belongs here.
 */
import { afterAll, beforeAll, describe, it } from 'vitest';
import type { Bus } from '../port.ts';
import { blobChecks } from './blobs.ts';
import type { Check } from './check.ts';
import { flowChecks } from './flow.ts';
import { keyValueChecks } from './key-values.ts';
import { logChecks } from './logs.ts';
import { messageChecks } from './messages.ts';
import { type BusFactory, type BusUnderTest, uniqueToken } from './under-test.ts';

export { type BusFactory, type BusUnderTest, CONFORMANCE_MAX_LOG_RECORDS } from './under-test.ts';

const PARTS: Readonly<Record<string, readonly Check[]>> = {
  messages: messageChecks,
  'flow and endings': flowChecks,
  logs: logChecks,
  'key-values': keyValueChecks,
  blobs: blobChecks,
};

/** Declares the suite for one bus. */
export function busConformance(name: string, factory: BusFactory): void {
  describe(`${name} keeps the promises of a bus:`, () => {
    let broker: BusUnderTest | undefined;
    beforeAll(async () => {
      broker = await factory();
    });
    afterAll(async () => {
      await broker?.stop();
    });
    for (const [part, checks] of Object.entries(PARTS)) {
      describe(part, () => {
        for (const { claim, run } of checks) it(claim, () => withScene(broker, run));
      });
    }
  });
}

async function withScene(broker: BusUnderTest | undefined, run: Check['run']): Promise<void> {
  if (broker === undefined) throw new Error('The broker did not start.');
  const opened: Bus[] = [];
  const id = uniqueToken();
  let names = 0;
  const connect = async (): Promise<Bus> => {
    names += 1;
    const bus = await broker.connect(`${id}-${names}`);
    opened.push(bus);
    return bus;
  };
  try {
    await run({ id, connect });
  } finally {
    await Promise.all(opened.map((bus) => bus.close()));
  }
}
