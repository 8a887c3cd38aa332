/** What the kernel measures. Asked for once a meter: an actor has none of its own. */
import type { Counter, Histogram, Meter } from '@tutti/telemetry';

export interface KernelInstruments {
  readonly steps: Counter;
  readonly published: Counter;
  readonly received: Counter;
  readonly requests: Histogram;
  readonly appends: Histogram;
  readonly replays: Histogram;
}

const known = new WeakMap<Meter, KernelInstruments>();

export function instrumentsOf(meter: Meter): KernelInstruments {
  const made = known.get(meter);
  if (made !== undefined) return made;
  const instruments: KernelInstruments = {
    steps: meter.counter('kernel.steps'),
    published: meter.counter('kernel.published'),
    received: meter.counter('kernel.received'),
    requests: meter.histogram('kernel.request.duration'),
    appends: meter.histogram('kernel.append.duration'),
    replays: meter.histogram('kernel.replay.duration'),
  };
  known.set(meter, instruments);
  return instruments;
}
