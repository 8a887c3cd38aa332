/** The meter of a process that publishes what it measures, and its publications. Of one that does not, nothing. */
import type { KernelPorts } from '@tutti/kernel';
import { createMemoryMeter, type MemoryMeter, type Meter } from '@tutti/telemetry';
import { publishMetrics } from './publish.ts';

export interface Metering {
  /** Who publishes keeps the figures itself, whatever other meter it was given. */
  readonly given: { readonly meter?: MemoryMeter };
  /** `sample`: sets the gauges that nobody tells, before each publication. */
  start(ports: KernelPorts, process: string, sample?: (meter: Meter) => void): void;
  stop(): void;
}

const NOTHING: Metering = { given: {}, start: () => undefined, stop: () => undefined };

export function meteringOf({ metricsEveryMs: everyMs }: { readonly metricsEveryMs?: number }): Metering {
  if (everyMs === undefined) return NOTHING;
  const meter = createMemoryMeter();
  let publishing: { stop(): void } | undefined;
  return {
    given: { meter },
    start(ports, process, sample) {
      const look = sample === undefined ? {} : { sample: (): void => sample(meter) };
      publishing = publishMetrics(ports, meter, { process, everyMs, ...look });
    },
    stop: () => publishing?.stop(),
  };
}
