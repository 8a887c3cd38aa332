/** What the kernel itself costs: a step of a machine, the envelope of a message, the memory of a run that waits. */
import { decode, encode } from '@tutti/bus';
import { type AnyMessage, open, seal } from '@tutti/contracts';
import { createStepper } from '@tutti/kernel';
import { createRunMachine } from '@tutti/supervisor';
import { median, rounded } from '../arithmetic.ts';
import { nowMs } from '../time.adapter.ts';
import { bytesOfParkedRun } from './parked.ts';
import { takeRun } from './script.ts';

export interface KernelOptions {
  /** Runs of each measure. */
  readonly runs: number;
}

export interface KernelReport {
  readonly bench: 'kernel';
  readonly node: string;
  /** Median over batches: one step of the run's machine, policies included, no I/O; and the steps of a run. */
  readonly stepUs: number;
  readonly stepsARun: number;
  /** Median over batches: one message of a run sealed, packed, unpacked and validated. */
  readonly messageUs: number;
  /** Heap and buffers of a run that waits in its third step, its journals and context included. */
  readonly bytesAParkedRun: number;
  readonly targets: Readonly<Record<string, boolean>>;
}

const BATCHES = 10;
const PARKED_BUDGET = 16 * 1024;

/** Microseconds each of `count` things takes, over batches; the first batch warms up and does not count. */
function timed(runs: number, batch: (runs: number) => number): number {
  const each: number[] = [];
  for (let n = 0; n <= BATCHES; n++) {
    const startedMs = nowMs();
    const count = batch(Math.max(1, Math.ceil(runs / BATCHES)));
    if (n > 0) each.push(((nowMs() - startedMs) * 1_000) / count);
  }
  return rounded(median(each));
}

const throughTheWire = (message: AnyMessage): unknown => {
  const { data, contentType } = encode(seal(message, 'bench'));
  return open(decode(data, contentType));
};

export async function kernelBench({ runs }: KernelOptions): Promise<KernelReport> {
  const stepper = createStepper(createRunMachine());
  const { steps, messages, outcome } = takeRun(stepper, 'bench');
  if (outcome !== 'succeeded') throw new Error(`The scripted run ended ${String(outcome)}`);
  const stepUs = timed(runs, (n) => {
    let taken = 0;
    for (let i = 0; i < n; i++) taken += takeRun(stepper, `bench-${i}`).steps;
    return taken;
  });
  const messageUs = timed(runs, (n) => {
    for (let i = 0; i < n; i++) messages.forEach(throughTheWire);
    return n * messages.length;
  });
  const bytesAParkedRun = Math.round(await bytesOfParkedRun(runs));
  const targets = {
    'budget: step <= 10 µs': stepUs <= 10,
    'budget: parked run <= 16 KiB': bytesAParkedRun <= PARKED_BUDGET,
  };
  return { bench: 'kernel', node: process.version, stepUs, stepsARun: steps, messageUs, bytesAParkedRun, targets };
}
