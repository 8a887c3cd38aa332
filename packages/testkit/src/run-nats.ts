/**
 * Finds or fetches a nats-server and runs it until it is stopped, for trying out a cluster: `npm run nats`. Whatever
 * stands on the command line goes to the server, after what is said here: `npm run nats -- -p 4333 -sd /var/lib/nats`.
 */
import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findNatsServer } from './nats-server-find.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const CONFIG = `${ROOT}deploy/nats/nats-one.conf`;
/** Beside the program itself: what the server keeps is there after a restart, and goes with the clone. */
const STORE = `${ROOT}.cache/nats-data`;

const { path, version } = await findNatsServer({ version: 'current' });
await mkdir(STORE, { recursive: true });
const given = process.argv.slice(2);
const at = given.findIndex((word) => word === '-sd' || word === '--store_dir');
const store = at < 0 ? relative(ROOT, STORE) : given[at + 1];
process.stdout.write(`nats-server ${version}: ${relative(ROOT, path)}, keeps its data in ${store}\n`);
const server = spawn(path, ['-c', CONFIG, '-sd', STORE, ...given], { stdio: 'inherit' });
// A terminal tells both; the server ends first, and then this process as it did.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => server.kill('SIGTERM'));
server.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
