/** What a run shows while it runs: at once and in order, in one process and over a real nats-server. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TuttiEvent } from '@tutti/contracts';
import { type NatsServer, startNatsServer } from '@tutti/testkit/nats-servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Running, startTutti } from './cli-process.ts';
import { type Scripted, scripted, step } from './cli-scripted.ts';

/** Ends when the file that its `with: { until }` names is there, and is never silent until then. */
const PATIENT = `
import { defineAgent } from '@tutti/agent';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
export default defineAgent({
  name: 'patient',
  async run({ input, progress, signal }) {
    for (let n = 0; !existsSync(input.until); n++) {
      progress((n % 100) / 100, 'still here');
      await sleep(100, undefined, { signal });
    }
    return { done: true };
  },
});
`;

let at: Scripted;
let server: NatsServer;
let others: Running[] = [];
beforeAll(async () => {
  at = scripted();
  writeFileSync(join(at.folder, 'patient.ts'), PATIENT);
  server = await startNatsServer();
  const over = ['--nats', server.url, '--output', 'json'];
  others = [
    ['up', ...over],
    ['agent', 'start', 'patient.ts', ...over],
  ].map((args) => startTutti(args, { cwd: at.folder }));
  await Promise.all(others.map((other) => other.line(/"type":"ready"/)));
});
afterAll(async () => {
  for (const other of others) other.kill('SIGTERM');
  await Promise.all(others.map(({ ended }) => ended));
  await server.stop();
  rmSync(at.folder, { recursive: true });
});

const WHERE: readonly [string, () => readonly string[]][] = [
  ['in one process', () => []],
  ['over NATS', () => ['--nats', server.url]],
];

/** Two steps, each of which ends only once the test has seen on standard output that it started. */
async function seenLive(name: string, flags: readonly string[], started: (id: string) => RegExp) {
  const until = (id: string): string => join(at.folder, `${name}.${id}.seen`);
  const waits = (id: string): string => `agent: patient, with: { until: ${JSON.stringify(until(id))} }`;
  const file = at.workflow(name, [
    'agents: ./patient.ts',
    `workflow: { id: ${name} }`,
    'steps:',
    step('first', waits('first')),
    step('second', `depends_on: [first], ${waits('second')}`),
  ]);
  const running = startTutti(['run', file, ...flags], { cwd: at.folder, timeoutMs: 25_000 });
  for (const id of ['first', 'second']) {
    await running.line(started(id));
    writeFileSync(until(id), '');
  }
  return running.ended;
}

const isSorted = (numbers: readonly number[]): boolean =>
  numbers.every((n, i) => i === 0 || n >= (numbers[i - 1] ?? 0));

describe.each(WHERE)('a run %s', (where, flags) => {
  const name = (form: string): string => `${form}-${where.replaceAll(' ', '-').toLowerCase()}`;

  it('tells that a step started while it runs, though it is never silent, and all events in order: json', async () => {
    const { code, stdout } = await seenLive(
      name('json'),
      [...flags(), '--output', 'json'],
      (id) => new RegExp(`"step.started".*"${id}"`),
    );
    expect(code).toBe(0);
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as TuttiEvent);
    expect(isSorted(events.map(({ seq }) => seq ?? 0))).toBe(true);
    expect(isSorted(events.map(({ time }) => Date.parse(time)))).toBe(true);
  });

  it('tells that a step started while it runs, and all lines in order of time: plain', async () => {
    const { code, stdout } = await seenLive(
      name('plain'),
      [...flags(), '--output', 'plain'],
      (id) => new RegExp(`${id} +started on`),
    );
    expect(code).toBe(0);
    const spans = [...stdout.matchAll(/^ *(\d+(?:\.\d+)?) (ms|s) {2}/gm)];
    const times = spans.map(([, n, unit]) => Number(n) * (unit === 's' ? 1_000 : 1));
    expect(times.length).toBeGreaterThan(8);
    expect(isSorted(times)).toBe(true);
  });
});
