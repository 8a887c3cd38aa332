import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import type { RunArgs } from '../define.ts';
import { commandAgent } from './agent.ts';
import { isAlive } from './alive.fixture.ts';

const controllers: AbortController[] = [];
afterEach(() => {
  for (const controller of controllers.splice(0)) controller.abort();
});

function args(lines: string[] = [], onLine: (line: string) => void = () => {}): RunArgs & { stop: AbortController } {
  const stop = new AbortController();
  controllers.push(stop);
  const log = (line: string): void => {
    lines.push(line);
    onLine(line);
  };
  return {
    stop,
    input: { topic: 'cats' },
    context: { version: 4, read: async () => undefined, set: () => {}, delete: () => {} },
    progress: () => {},
    log: { debug: log, info: log, warn: log, error: log },
    signal: stop.signal,
    attempt: 2,
    idempotencyKey: 'r/s',
    epoch: 7,
    run: 'r',
    step: 's',
  };
}

const node = (code: string, options: object = {}) =>
  commandAgent('prog', { command: [process.execPath, '-e', code], killGraceMs: 200, ...options });
const run = (agent: ReturnType<typeof node>, given: RunArgs = args()) => Promise.resolve(agent.run(given));
const echo = `let t='';process.stdin.on('data',d=>t+=d).on('end',()=>console.log(t))`;

describe('a program as an agent', () => {
  it('gets one JSON document on stdin, and its whole stdout is the result', async () => {
    expect(await run(node(echo))).toEqual({
      kind: 'run',
      input: { topic: 'cats' },
      context: { version: 4 },
      run: 'r',
      step: 's',
      attempt: 2,
      idempotencyKey: 'r/s',
      epoch: 7,
    });
  });

  it('is asked to judge in a document of another kind, if it says that it can', async () => {
    const asked = { ...args(), of: 'ux', group: 'g', output: { text: 't' } };
    expect(node(echo).validate).toBeUndefined();
    const code = `let t='';process.stdin.on('data',d=>t+=d).on('end',()=>{const {kind,of,output,input}=JSON.parse(t);
      console.log(JSON.stringify({ok:false,findings:[{message:[kind,process.env.TUTTI_KIND,of,output.text,input.topic].join(),severity:'info'}]}))})`;
    expect(await node(code, { validates: true }).validate?.(asked)).toEqual({
      ok: false,
      findings: [{ message: 'validate,validate,ux,t,cats', severity: 'info' }],
    });
  });

  it('gets its run, step, attempt and key in the environment, beside what the workflow sets', async () => {
    const code =
      'const e=process.env;console.log(JSON.stringify([e.TUTTI_RUN,e.TUTTI_STEP,e.TUTTI_AGENT,e.TUTTI_ATTEMPT,e.TUTTI_EPOCH,e.TUTTI_IDEMPOTENCY_KEY,e.MINE]))';
    expect(await run(node(code, { env: { MINE: 'yes' } }))).toEqual(['r', 's', 'prog', '2', '7', 'r/s', 'yes']);
  });

  it('may leave its stdin unread and say nothing', async () => {
    const given = { ...args(), input: { big: 'x'.repeat(1_000_000) } };
    expect(await run(node('process.exit(0)'), given)).toBeUndefined();
  });

  it('has its stderr logged line by line, the last one without an end too', async () => {
    const lines: string[] = [];
    await run(node(`process.stderr.write('one\\ntwo\\r\\nth'+'ree')`), args(lines));
    expect(lines).toEqual(['one', 'two', 'three']);
  });

  it('fails with its exit code and last words', async () => {
    const failed = run(node(`console.error('the disk is full');process.exitCode=3`));
    await expect(failed).rejects.toMatchObject({
      code: 'agent_failed',
      retryable: true,
      message: expect.stringMatching(/exit code 3.*the disk is full/),
      details: { exitCode: 3, signal: null, stderr: ['the disk is full'] },
    });
  });

  it('keeps of a printed error what it says, and not its stack', async () => {
    const failed = run(commandAgent('prog', { command: ['node', './nowhere.js'] }));
    await expect(failed).rejects.toMatchObject({
      message: expect.stringMatching(/exit code 1\. Its last words: .*Error: Cannot find module '[^']*nowhere\.js'$/),
    });
  });

  it('fails with the signal that ended it', async () => {
    const failed = run(node(`process.kill(process.pid,'SIGKILL')`));
    await expect(failed).rejects.toMatchObject({
      code: 'agent_failed',
      details: { exitCode: null, signal: 'SIGKILL' },
    });
  });

  it('fails for good when there is no such program', async () => {
    const failed = run(commandAgent('prog', { command: ['/nowhere/to/be/found'] }));
    await expect(failed).rejects.toMatchObject({ code: 'agent_failed', retryable: false, details: { code: 'ENOENT' } });
  });

  it('says what to do about a script that may not be executed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tutti-script-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const script = join(folder, 'x.sh');
    writeFileSync(script, 'echo {}', { mode: 0o644 });
    const failed = run(commandAgent('prog', { command: [script] }));
    await expect(failed).rejects.toMatchObject({ retryable: false, message: expect.stringContaining('chmod +x') });
  });

  it.each([['not json'], ['{"a":1} trailing'], ['\\xff']])('fails when its stdout is %j', async (text) => {
    const failed = run(node(`process.stdout.write(Buffer.from('${text}','latin1'))`));
    await expect(failed).rejects.toMatchObject({ code: 'bad_agent_output', retryable: false });
  });

  it('is ended when its stdout is beyond the limit', async () => {
    const failed = run(node(`const b=Buffer.alloc(1<<20,32);const w=()=>process.stdout.write(b,w);w()`));
    await expect(failed).rejects.toMatchObject({ code: 'bad_agent_output', details: { limit: 16 * 1024 * 1024 } });
  });

  it('is ended at its own time-out', async () => {
    const failed = run(node('setInterval(()=>{},1000)', { timeoutMs: 50 }));
    await expect(failed).rejects.toMatchObject({ code: 'agent_timeout', details: { timeoutMs: 50 } });
  });

  it('is ended with its children on a cancel, even when all of them ignore SIGTERM', async () => {
    const stubborn = `process.on('SIGTERM',()=>{});setInterval(()=>{},1000);`;
    const child = `${stubborn}console.error('child '+process.pid)`;
    const parent = `${stubborn}require('child_process').spawn(process.execPath,['-e',${JSON.stringify(child)}],{stdio:'inherit'})`;
    let pid = 0;
    const given = args([], (line) => {
      pid = Number(line.split(' ')[1]);
      given.stop.abort();
    });
    await expect(run(node(parent), given)).rejects.toThrow(/abort/i);
    expect(pid).toBeGreaterThan(0);
    // SIGKILL takes a child a moment when the machine is busy.
    await expect.poll(() => isAlive(pid)).toBe(false);
  });

  describe.runIf(process.platform === 'linux')('with children that left its group', () => {
    const stay = `setInterval(()=>{},1000)`;
    const start = (code: string, stdio = 'ignore'): string =>
      `require('child_process').spawn(process.execPath,['-e',${JSON.stringify(code)}],{detached:true,stdio:${JSON.stringify(stdio)}}).pid`;
    const say = (...pids: string[]): string => `console.error([${pids.join(',')}].join(' '));`;
    const pidsOf = (line = ''): number[] => line.split(' ').map(Number);

    it('is ended with them on a cancel, also when one ignores SIGTERM', async () => {
      const stubborn = `process.on('SIGTERM',()=>{});${stay}`;
      const lines: string[] = [];
      const given = args(lines, () => given.stop.abort());
      const parent = `${say(start(stay, 'inherit'), start(stubborn))}${stay}`;
      await expect(run(node(parent), given)).rejects.toThrow(/abort/i);
      await expect.poll(() => pidsOf(lines[0]).map(isAlive)).toEqual([false, false]);
    });

    it('waits for one that ends by itself, as long as for the program', { timeout: 30_000 }, async () => {
      const slow = `process.on('SIGTERM',()=>setTimeout(()=>{console.error('ready');process.exit()},200));console.error('here');${stay}`;
      const lines: string[] = [];
      const given = args(lines, (line) => (line === 'here' ? given.stop.abort() : undefined));
      await expect(run(node(`${start(slow, 'inherit')};${stay}`, { killGraceMs: 20_000 }), given)).rejects.toThrow(
        /abort/i,
      );
      expect(lines).toEqual(['here', 'ready']);
    });

    it('leaves none of them when it fails', async () => {
      const lines: string[] = [];
      await expect(run(node(`${say(start(stay))}process.exit(1)`), args(lines))).rejects.toThrow(/exit code 1/);
      await expect.poll(() => pidsOf(lines[0]).map(isAlive)).toEqual([false]);
    });
  });

  it('does not leave a child behind that outlives it', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    // The child holds a connection, so the test hears of its end. The parent ends once the child is connected.
    const child = `require('net').connect(${port},'127.0.0.1',()=>process.send('here'))`;
    const parent = `const c=require('child_process').spawn(process.execPath,['-e',${JSON.stringify(child)}],{stdio:['ignore','ignore','ignore','ipc']});c.on('message',()=>process.exit(0))`;
    const connected = once(server, 'connection') as Promise<[Socket]>;
    await run(node(parent));
    const [socket] = await connected;
    socket.on('error', () => {}).resume();
    await once(socket, 'close');
    server.close();
  });

  it('ends though a child in a session of its own keeps its output open', async () => {
    const lines: string[] = [];
    const stay = `setInterval(()=>{},1000)`;
    const parent = `const c=require('child_process').spawn(process.execPath,['-e','${stay}'],{detached:true,stdio:'inherit'});
      console.error(c.pid);console.log('"done"');c.unref();`;
    expect(await run(node(parent), args(lines))).toBe('done');
    const child = Number(lines[0]);
    expect(isAlive(child)).toBe(true);
    process.kill(child, 'SIGKILL');
  });

  it('must name a program', () => {
    expect(() => commandAgent('prog', { command: [] })).toThrow(expect.objectContaining({ code: 'bad_agent_file' }));
  });
});
