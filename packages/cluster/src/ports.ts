/** What the kernel of this process is given: the real clock, randomness and ids, unless the caller brings its own. */
import type { Bus } from '@tutti/bus';
import { createSubjects } from '@tutti/contracts';
import { createLocalTable, type KernelPorts, systemClock, systemIds, systemRandom } from '@tutti/kernel';
import { type Logger, type Meter, noopMeter, silentLogger } from '@tutti/telemetry';

export interface PortsOptions {
  readonly bus: Bus;
  readonly prefix?: string;
  readonly log?: Logger;
  readonly meter?: Meter;
  readonly ports?: Partial<Pick<KernelPorts, 'clock' | 'random' | 'ids' | 'local' | 'journals'>>;
}

export const portsOf = (options: PortsOptions): KernelPorts => ({
  bus: options.bus,
  clock: systemClock,
  random: systemRandom,
  ids: systemIds,
  ...options.ports,
  local: options.ports?.local ?? createLocalTable(),
  log: options.log ?? silentLogger,
  meter: options.meter ?? noopMeter,
  subjects: createSubjects(options.prefix),
});
