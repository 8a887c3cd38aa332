/** `tutti run` in one process: outcomes, exit codes, output and signals. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { checkEvent, type EventType, FLEETING, type TuttiEvent } from '@tutti/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ended, startTutti, tutti } from './cli-process.ts';
import { type Scripted, scripted, step } from './cli-scripted.ts';

let at: Scripted;
beforeAll(() => {
  at = scripted();
});
afterAll(() => rmSync(at.folder, { recursive: true }));

const run = (file: string, ...flags: string[]): Promise<Ended> =>
  tutti(['run', file, '--output', 'json', ...flags], { cwd: at.folder });
const eventsOf = ({ stdout }: Ended): TuttiEvent[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as TuttiEvent);
const only = (ended: Ended, type: EventType): TuttiEvent[] => eventsOf(ended).filter((event) => event.type === type);

describe('a run that succeeds', () => {
  let ended: Ended;
  beforeAll(async () => {
    const file = at.workflow('good', [
      'workflow: { id: good }',
      'steps:',
      step('first', 'agent: work'),
      step('left_side', 'agent: work, depends_on: [first], with: { ms: 50 }'),
      step('right_side', 'agent: work, depends_on: [first], with: { ms: 50 }'),
      step('last', 'agent: work, depends_on: [left_side, right_side]'),
    ]);
    ended = await run(file, '--run-id', 'my-run');
  });

  it('ends 0 with nothing on standard error', () => {
    expect(ended.stderr).toBe('');
    expect(ended.code).toBe(0);
  });

  it('prints only events that the published contract allows', () => {
    const wrong = eventsOf(ended)
      .map(checkEvent)
      .filter((problem) => problem !== undefined);
    expect(wrong).toEqual([]);
    expect(eventsOf(ended).every((event) => event.run === 'my-run')).toBe(true);
  });

  it('numbers the recorded events from 1 with no gap, from the submission to the end', () => {
    const recorded = eventsOf(ended).filter(({ type }) => !FLEETING.has(type));
    expect(recorded.map(({ seq }) => seq)).toEqual(recorded.map((_, index) => index + 1));
    expect(recorded.at(0)?.type).toBe('run.submitted');
    expect(recorded.at(-1)?.type).toBe('run.finished');
  });

  it('started both sides before either had ended', () => {
    const order = eventsOf(ended).map(({ type, data }) => `${type} ${String(data.step)}`);
    const started = ['left_side', 'right_side'].map((id) => order.indexOf(`step.started ${id}`));
    const succeeded = ['left_side', 'right_side'].map((id) => order.indexOf(`step.succeeded ${id}`));
    expect(Math.max(...started)).toBeLessThan(Math.min(...succeeded));
  });
});

const cmd = (script: string): string => `{ cmd: [node, -e, "${script}"] }`;

describe('what goes wrong', () => {
  it.each([
    ['throws', 'agent: throws, retry: 1', 'boom on purpose', 1],
    ['wrong', 'agent: wrong, retry: 1', 'bad_agent_output', 1],
    ['hangs', 'agent: hangs, retry: 1, timeout: 500_ms', 'agent_timeout', 1],
    ['dies', 'agent: dies, retry: 1', 'agent_failed', 1],
  ])('an agent that %s fails the run, and the run says why', async (name, keys, why, code) => {
    const ended = await run(
      at.workflow(name, [
        `workflow: { id: ${name} }`,
        ...(name === 'dies' ? ['agents: { dies: { cmd: [node, -e, "process.exit(3)"] } }'] : []),
        'steps:',
        step('a', keys),
        step('b', 'agent: work, depends_on: [a]').replace(
          'agent: work',
          name === 'dies' ? 'agent: dies' : 'agent: work',
        ),
      ]),
    );
    expect(ended.code).toBe(code);
    expect(JSON.stringify(only(ended, 'step.failed'))).toContain(why);
    expect(
      only(ended, 'step.skipped')
        .map(({ data }) => data.step)
        .concat(only(ended, 'step.cancelled').map(({ data }) => data.step)),
    ).toContain('b');
    expect(only(ended, 'run.finished')[0]?.data).toMatchObject({ outcome: 'failed' });
  });

  it.each([
    ['throws', 'agent: throws, retry: 1', 'boom on purpose'],
    ['wrong', 'agent: wrong, retry: 1', 'bad_agent_output'],
    ['hangs', 'agent: hangs, retry: 1, timeout: 500_ms', 'agent_timeout'],
    ['dies', 'agent: dies, retry: 1', 'agent_failed'],
  ])('an agent that %s in a step that may fail leaves a partial run that says why: 3', async (name, keys, why) => {
    const ended = await run(
      at.workflow(`may-${name}`, [
        `workflow: { id: may-${name} }`,
        ...(name === 'dies'
          ? ['agents:', `  dies: ${cmd('process.exit(3)')}`, `  lives: ${cmd('console.log(JSON.stringify({}))')}`]
          : []),
        'steps:',
        step('a', `${keys}, on_failure: continue`),
        step('b', name === 'dies' ? 'agent: lives' : 'agent: work'),
      ]),
    );
    expect(ended.code).toBe(3);
    expect(JSON.stringify(only(ended, 'step.failed'))).toContain(why);
    expect(only(ended, 'run.finished')[0]?.data).toMatchObject({ outcome: 'partial', succeeded: 1, failed: 1 });
  });

  it('a run that takes longer than its time-out ends 5', async () => {
    const ended = await run(
      at.workflow('late', [
        'workflow: { id: late, timeout: 1_seconds }',
        'steps:',
        step('a', 'agent: work, with: { ms: 60000 }'),
      ]),
    );
    expect(ended.code).toBe(5);
    expect(ended.tookMs).toBeLessThan(20_000);
  });

  it('two agents that write different values to one place leave a conflict for a person: 4', async () => {
    const ended = await run(
      at.workflow('conflict', [
        'workflow: { id: conflict }',
        'steps:',
        step('left', 'agent: left, outputs: [/shared/value]'),
        step('right', 'agent: right, outputs: [/shared/value]'),
      ]),
    );
    expect(ended.code).toBe(4);
    expect(only(ended, 'context.conflict')[0]?.data).toMatchObject({ path: '/shared/value' });
    const { stdout } = await tutti(['run', 'conflict.yaml', '--result', 'conflict.json'], { cwd: at.folder });
    expect(stdout).toMatch(/stands +"(left|right)" {2}by \1\n +refused +"(left|right)" {2}by \2\n/);
    const left = JSON.parse(readFileSync(join(at.folder, 'conflict.json'), 'utf8'));
    expect(left.$conflicts).toMatchObject([{ path: '/shared/value', refused: { value: expect.any(String) } }]);
  });

  it('an agent that nobody offers is refused before anything runs: 2', async () => {
    const ended = await run(at.workflow('nobody', ['workflow: { id: nobody }', 'steps:', step('a', 'agent: ghost')]));
    expect(ended.code).toBe(2);
    expect(ended.stdout).toBe('');
    expect(ended.stderr).toContain('"ghost"');
  });

  it('a broker that is not there: 7', async () => {
    const file = at.workflow('remote', ['workflow: { id: remote }', 'steps:', step('a', 'agent: work')]);
    const ended = await run(file, '--nats', 'nats://127.0.0.1:1');
    expect(ended.code).toBe(7);
    expect(ended.stderr).toContain('[broker_unavailable]');
    expect(ended.stderr).not.toMatch(/^\s+at /m);
  });
});

describe('unequal branches', () => {
  it('a step starts as soon as its own inputs are there, whatever its slow sibling does', async () => {
    const ended = await run(
      at.workflow('branches', [
        'workflow: { id: branches }',
        'steps:',
        step('a', 'agent: work, with: { ms: 300 }'),
        step('b', 'agent: work, depends_on: [a], with: { ms: 300 }'),
        step('c', 'agent: work, depends_on: [a], with: { ms: 2500 }'),
        step('y', 'agent: work, depends_on: [c]'),
        step('z', 'agent: work, depends_on: [b]'),
      ]),
    );
    expect(ended.code).toBe(0);
    const order = only(ended, 'step.succeeded').map(({ data }) => data.step);
    expect(order.indexOf('z')).toBeLessThan(order.indexOf('c'));
  });
});

describe('what an agent prints', () => {
  it('never mixes with the events, and a timer it forgot does not hold the prompt', async () => {
    const ended = await run(at.workflow('chatty', ['workflow: { id: chatty }', 'steps:', step('a', 'agent: chatty')]));
    expect(ended.code).toBe(0);
    expect(
      eventsOf(ended)
        .map(checkEvent)
        .filter((problem) => problem !== undefined),
    ).toEqual([]);
    expect(ended.stderr).toContain('noise from an agent');
    expect(ended.tookMs).toBeLessThan(15_000);
  });
});

describe('signals', () => {
  const long = () =>
    at.workflow('long', ['workflow: { id: long }', 'steps:', step('a', 'agent: work, with: { ms: 60000 }')]);
  const begin = (...flags: string[]) => startTutti(['run', long(), '--output', 'json', ...flags], { cwd: at.folder });

  it.each(['SIGINT', 'SIGTERM'] as const)('%s cancels the run, waits for its end and exits 130', async (signal) => {
    const running = begin();
    await running.line(/step\.started/);
    running.kill(signal);
    const ended = await running.ended;
    expect(ended.code).toBe(130);
    expect(only(ended, 'run.finished')[0]?.data).toMatchObject({ outcome: 'cancelled' });
  });
});

describe('a file with warnings', () => {
  const misspelt = () =>
    at.workflow('misspelt', [
      'workflow: { id: misspelt }',
      'steps:',
      step('fetcher', 'agent: work, outputs: [done]'),
      step('reader', 'agent: work, inputs: { all: fetcher.dne }'),
    ]);
  const warning = /^misspelt\.yaml:5:\d+: warning undeclared_output: .*did you mean "done"/m;

  it.each(['plain', 'json'])('is run, and %s tells them on standard error before', async (output) => {
    const { code, stdout, stderr } = await tutti(['run', misspelt(), '--output', output], { cwd: at.folder });
    expect(stderr).toMatch(warning);
    expect(stderr).not.toContain(': note ');
    expect(stdout).not.toContain('undeclared_output');
    expect(code).toBe(0);
  });

  it('is run without a word by quiet', async () => {
    const { stderr } = await tutti(['run', misspelt(), '--output', 'quiet'], { cwd: at.folder });
    expect(stderr).toBe('');
  });

  it('is told of by dev --run too', async () => {
    const dev = startTutti(['dev', misspelt(), '--run', '--output', 'json'], { cwd: at.folder });
    expect(await dev.line(warning, 'stderr')).toContain('undeclared_output');
    dev.kill('SIGTERM');
    await dev.ended;
  });
});

describe('forms of output', () => {
  const file = () => at.workflow('forms', ['workflow: { id: forms }', 'steps:', step('a', 'agent: work')]);

  it('plain is the default in a pipe: a line an event, then the summary', async () => {
    const { code, stdout } = await tutti(['run', file()], { cwd: at.folder });
    expect(code).toBe(0);
    expect(stdout).toMatch(/a {2}started on/);
    expect(stdout).toContain('critical path');
    expect(stdout).not.toContain('\u001b');
  });

  it('quiet is one line with the outcome', async () => {
    const { stdout } = await tutti(['run', file(), '--output', 'quiet'], { cwd: at.folder });
    expect(stdout).toMatch(/^forms {2}\S+ {2}succeeded.*\n$/);
  });
});
