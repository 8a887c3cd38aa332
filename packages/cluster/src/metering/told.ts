/** What a process measures by what its actors tell: the same events that people read. */
import type { EventData, EventOf, EventType } from '@tutti/contracts';
import { type Meter, noopMeter } from '@tutti/telemetry';

/** Takes every event that an actor of this process tells; undefined where nobody measures. */
export function measuring(meter: Meter): ((event: EventOf) => void) | undefined {
  if (meter === noopMeter) return undefined;
  const takers = takersOf(meter);
  return ({ type, data }) => (takers[type] as ((data: object) => void) | undefined)?.(data);
}

type Takers = { readonly [T in EventType]?: (data: EventData<T>) => void };

function takersOf(meter: Meter): Takers {
  const ends = meter.counter('supervisor.steps.ended');
  const end = (how: string) => (): void => ends.add(1, { end: how });
  return {
    ...runTakers(meter, ends),
    ...poolTakers(meter),
    'step.failed': end('failed'),
    'step.skipped': end('skipped'),
    'step.cancelled': end('cancelled'),
  };
}

function runTakers(meter: Meter, ends: ReturnType<Meter['counter']>): Takers {
  const runs = meter.counter('supervisor.runs.ended');
  const makespans = meter.histogram('supervisor.run.duration');
  const durations = meter.histogram('supervisor.step.duration');
  const commitMs = meter.histogram('supervisor.commit.duration');
  const retried = meter.counter('supervisor.attempts.retried');
  const decided = meter.counter('barrier.decided');
  const commits = meter.counter('context.commits');
  const conflicts = meter.counter('context.conflicts');
  return {
    'run.finished': ({ outcome, makespanMs, again }) => {
      if (again === true) return;
      runs.add(1, { outcome });
      makespans.record(makespanMs);
    },
    'step.succeeded': (data) => {
      ends.add(1, { end: 'succeeded' });
      durations.record(data.durationMs);
      if (data.commitMs !== undefined) commitMs.record(data.commitMs);
    },
    'step.retrying': () => retried.add(),
    'group.closed': ({ decision }) => decided.add(1, { decision }),
    'context.committed': () => commits.add(),
    'context.conflict': () => conflicts.add(),
  };
}

function poolTakers(meter: Meter): Takers {
  const cpuUnits = meter.gauge('resources.cpu.used');
  const memoryUnits = meter.gauge('resources.memory.used');
  const running = meter.gauge('resources.agents.running');
  const depth = meter.gauge('resources.queue.depth');
  const waits = meter.histogram('resources.wait.duration');
  return {
    'pool.usage': ({ cpu, memory, agents, waiting }) => {
      cpuUnits.set(cpu);
      memoryUnits.set(memory);
      running.set(agents);
      depth.set(waiting);
    },
    'step.granted': ({ waitedMs }) => waits.record(waitedMs),
  };
}
