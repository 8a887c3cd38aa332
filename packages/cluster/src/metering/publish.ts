/** Publishes what a process measured, at an interval, where somebody asked for it. */
import { publishJson } from '@tutti/bus';
import type { ProcessMetrics, ProcessSeries } from '@tutti/contracts';
import type { KernelPorts } from '@tutti/kernel';
import type { MemoryMeter, SeriesSnapshot } from '@tutti/telemetry';

/** Series in one publication: with their labels they stay far below what a broker takes in one message. */
export const MAX_PUBLISHED = 1_000;

export interface Publication {
  readonly process: string;
  readonly everyMs: number;
  /** Sets the gauges that are looked at, not told. */
  sample?(): void;
}

/** Publishes until it is stopped, and once more then. What cannot be sent is logged: the next one has it too. */
export function publishMetrics(ports: KernelPorts, meter: MemoryMeter, publication: Publication): { stop(): void } {
  const { clock, bus, log, subjects } = ports;
  const { process, everyMs } = publication;
  const to = subjects.of('metrics', { process });
  const publish = (): void => {
    try {
      publication.sample?.();
      publishJson(bus, to, metricsNow(meter, { process, everyMs, nowMs: clock.now() }));
    } catch (err) {
      log.warn({ err }, 'what was measured could not be published');
    }
  };
  let timer: { cancel(): void } | undefined;
  const arm = (): void => {
    timer = clock.after(
      everyMs,
      () => {
        publish();
        arm();
      },
      true,
    );
  };
  arm();
  return {
    stop() {
      timer?.cancel();
      publish();
    },
  };
}

interface At {
  readonly process: string;
  readonly everyMs: number;
  readonly nowMs: number;
}

export function metricsNow(meter: MemoryMeter, { process, everyMs, nowMs }: At): ProcessMetrics {
  const all = meter.snapshot();
  const omitted = Math.max(0, all.length - MAX_PUBLISHED) + meter.droppedSeries;
  return {
    v: 1,
    time: new Date(nowMs).toISOString(),
    process,
    everyMs,
    series: all.slice(0, MAX_PUBLISHED).map((series) => toldOf(meter, series)),
    ...(omitted === 0 ? {} : { omitted }),
  };
}

function toldOf(meter: MemoryMeter, { name, kind, unit, labels, value, count, max }: SeriesSnapshot): ProcessSeries {
  const base = { name, kind, unit, labels: { ...labels }, value };
  if (kind !== 'histogram') return base;
  const [p50 = 0, p99 = 0] = [0.5, 0.99].map((q) => meter.quantile(name, q, labels));
  return { ...base, count, max, p50, p99 };
}
