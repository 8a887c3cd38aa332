/** `npm run nats`: the server that somebody tries a cluster out with, as it is shipped. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };

const cwd = fileURLToPath(new URL('../..', import.meta.url));
const TIMEOUT_MS = 60_000;
const ANY_PORT = '-1';

it(
  'starts a server that takes connections, shows its pages, and syncs each append; and ends it when it is told to',
  async () => {
    const store = await mkdtemp(join(tmpdir(), 'tutti-run-nats-'));
    const [program = '', ...args] = packageJson.scripts.nats.split(' ');
    const started = spawn(program, [...args, '-p', ANY_PORT, '-m', ANY_PORT, '-sd', store], { cwd });
    const ended = once(started, 'exit');
    try {
      let pages = '';
      for await (const line of createInterface(started.stderr)) {
        pages = /http monitor on (\S+)/.exec(line)?.[1] ?? pages;
        if (line.includes('Server is ready')) break;
      }
      const { config } = (await (await fetch(`http://${pages}/jsz?config=1`)).json()) as { config: object };
      expect(config).toMatchObject({ sync_always: true, store_dir: join(store, 'jetstream') });
    } finally {
      started.kill('SIGTERM');
    }
    // It waits for the server, and ends as that did.
    expect(await ended).toEqual([0, null]);
    await rm(store, { recursive: true });
  },
  TIMEOUT_MS,
);
