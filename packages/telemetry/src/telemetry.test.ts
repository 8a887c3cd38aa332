import { describe, expect, it } from 'vitest';
import { createMemoryMeter, INSTRUMENTS, MAX_SERIES, noopMeter, pinoLogger, silentLogger } from './index.ts';

function collecting() {
  const lines: Record<string, unknown>[] = [];
  return { lines, destination: { write: (line: string) => void lines.push(JSON.parse(line)) } };
}

describe('pino logger', () => {
  it('writes one JSON line an entry with its fields, name and message', () => {
    const { lines, destination } = collecting();
    pinoLogger({ level: 'info', name: 'node-1', destination }).info({ run: 'r1' }, 'run accepted');
    expect(lines).toMatchObject([{ name: 'node-1', run: 'r1', msg: 'run accepted', level: 30 }]);
  });

  it('binds the fields of a child once and keeps them in each line', () => {
    const { lines, destination } = collecting();
    const child = pinoLogger({ level: 'debug', name: 'n', destination }).child({ actor: 'a' }).child({ shard: 3 });
    child.debug({}, 'one');
    child.error({ err: new Error('boom') }, 'two');
    expect(lines[0]).toMatchObject({ actor: 'a', shard: 3, msg: 'one' });
    expect(lines[1]).toMatchObject({ err: { type: 'Error', message: 'boom' } });
  });

  it('drops lines below its level', () => {
    const { lines, destination } = collecting();
    const logger = pinoLogger({ level: 'warn', name: 'n', destination });
    logger.info({}, 'no');
    logger.warn({}, 'yes');
    expect(lines.map((line) => line.msg)).toEqual(['yes']);
  });

  it('a silent logger stays silent through its children', () => {
    expect(silentLogger.child({ a: 1 })).toBe(silentLogger);
    expect(() => silentLogger.error({}, 'x')).not.toThrow();
  });
});

describe('memory meter', () => {
  it('sums counters, keeps the last gauge and counts a series per label set', () => {
    const meter = createMemoryMeter();
    meter.counter('kernel.published').add();
    meter.counter('kernel.published').add(4);
    meter.gauge('resources.cpu.used').set(10);
    meter.gauge('resources.cpu.used').set(7);
    meter.counter('agent.attempts').add(1, { outcome: 'done', role: 'qa' });
    meter.counter('agent.attempts').add(1, { role: 'qa', outcome: 'done' });
    expect(meter.value('kernel.published')).toBe(5);
    expect(meter.value('resources.cpu.used')).toBe(7);
    expect(meter.value('agent.attempts', { role: 'qa', outcome: 'done' })).toBe(2);
    expect(meter.snapshot()).toHaveLength(3);
  });

  it('finds quantiles of a histogram to within one 1-2-5 step', () => {
    const meter = createMemoryMeter();
    const duration = meter.histogram('kernel.request.duration');
    for (let value = 1; value <= 100; value += 1) duration.record(value);
    expect(meter.quantile('kernel.request.duration', 0.5)).toBe(50);
    expect(meter.quantile('kernel.request.duration', 0.99)).toBe(100);
    expect(meter.quantile('kernel.append.duration', 0.5)).toBeUndefined();
  });

  it('refuses a name that is not in the table, and a name of another kind', () => {
    const meter = createMemoryMeter();
    expect(() => meter.counter('nonsense' as 'kernel.published')).toThrow(/instrument table/);
    expect(() => meter.gauge('kernel.published' as 'kernel.actors')).toThrow(/instrument table/);
  });

  it('stops making series at its limit and says how many it refused', () => {
    const meter = createMemoryMeter();
    const counter = meter.counter('kernel.published');
    for (let n = 0; n < MAX_SERIES + 3; n += 1) counter.add(1, { subject: String(n) });
    expect(meter.snapshot()).toHaveLength(MAX_SERIES);
    expect(meter.droppedSeries).toBe(3);
  });

  it('a noop meter takes everything', () => {
    expect(() => noopMeter.histogram('kernel.append.duration').record(1)).not.toThrow();
  });
});

it('every instrument is a dotted lower-case noun with a description', () => {
  for (const [name, row] of Object.entries(INSTRUMENTS)) {
    expect(name).toMatch(/^[a-z]+(\.[a-z]+)+$/);
    expect(row.labels.every((label) => /^[a-z]+$/.test(label))).toBe(true);
    expect(row.description).toMatch(/^[A-Z].*\.$/);
  }
});
