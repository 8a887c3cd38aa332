/** Real nats-servers for tests: started on a free port, ready when their own log says so, gone when the test ends. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { findNatsServer, type NatsServerKind } from './nats-server-find.ts';

const READY_LIMIT_MS = 20_000;
const STOP_LIMIT_MS = 5_000;
/** Lines of the server's log kept for the message when it does not start. */
const MAX_LOG_LINES = 400;

export interface NatsServerOptions {
  readonly version?: NatsServerKind;
  /** Default true. */
  readonly jetstream?: boolean;
  /** `sync_interval: always`; ignored on 2.9, which refuses the key. */
  readonly syncAlways?: boolean;
  /** Bytes that all streams may take on the disk: beyond them the server is full. Default: what the disk has. */
  readonly maxFileStoreBytes?: number;
  /** Default: a temporary folder, removed by `stop`. */
  readonly storeDir?: string;
  /** More configuration, in the server's own format. */
  readonly configText?: string;
  /** Default: any free one. */
  readonly port?: number;
  /** Where it listens for clients. Default `127.0.0.1`; `0.0.0.0` lets processes of other network namespaces in. */
  readonly host?: string;
  readonly serverName?: string;
}

export interface NatsServer {
  readonly url: string;
  readonly port: number;
  /** Address of the monitoring pages, for example `/varz`. */
  readonly monitorUrl: string;
  readonly version: string;
  readonly storeDir: string;
  readonly pid: number;
  /** Lines of the log so far, the newest last. */
  readonly log: readonly string[];
  /** Resolves with the first line of the log, from the start of the present process on, that matches. */
  logged(pattern: RegExp): Promise<string>;
  /** Asks the server to end, waits for it, and removes a store folder of its own. */
  stop(): Promise<void>;
  /** `kill -9`; the store stays. */
  kill(): Promise<void>;
  /** Ends it if it runs (politely) and starts it again on the same port and store. */
  restart(): Promise<void>;
}

/** Starts one server and resolves when it takes connections. */
export async function startNatsServer(options: NatsServerOptions = {}): Promise<NatsServer> {
  const program = await findNatsServer(options.version === undefined ? {} : { version: options.version });
  const home = await mkdtemp(join(tmpdir(), 'tutti-nats-store-'));
  const server = new LaunchedServer(program.path, program.version, home, options);
  try {
    await server.start();
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
}

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

interface Waiter {
  readonly pattern: RegExp;
  readonly resolve: (line: string) => void;
  readonly reject: (error: Error) => void;
}

class LaunchedServer implements NatsServer {
  readonly version: string;
  readonly storeDir: string;
  port = 0;
  monitorUrl = '';
  private readonly program: string;
  private readonly home: string;
  private readonly options: NatsServerOptions;
  private child: ChildProcess | undefined;
  private exited: Promise<void> = Promise.resolve();
  private lines: string[] = [];
  private waiters: Waiter[] = [];

  constructor(program: string, version: string, home: string, options: NatsServerOptions) {
    this.program = program;
    this.version = version;
    this.home = home;
    this.options = options;
    this.storeDir = options.storeDir ?? join(home, 'store');
    this.port = options.port ?? 0;
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  get pid(): number {
    return this.child?.pid ?? 0;
  }

  get log(): readonly string[] {
    return this.lines;
  }

  async start(): Promise<void> {
    const config = join(this.home, 'server.conf');
    await writeFile(config, this.configText());
    this.lines = [];
    const child = spawn(this.program, ['-c', config], { stdio: ['ignore', 'ignore', 'pipe'] });
    this.child = child;
    running.add(child);
    this.exited = new Promise((resolve) => {
      child.once('close', () => {
        running.delete(child);
        this.giveUp(`it ended with code ${child.exitCode ?? child.signalCode}`);
        resolve();
      });
    });
    child.once('error', (error) => this.giveUp(error.message));
    if (child.stderr !== null) createInterface({ input: child.stderr }).on('line', (line) => this.take(line));
    const timer = setTimeout(() => this.giveUp('it was not ready in time'), READY_LIMIT_MS);
    await this.logged(/Server is ready/).finally(() => clearTimeout(timer));
  }

  logged(pattern: RegExp): Promise<string> {
    const known = this.lines.find((line) => pattern.test(line));
    if (known !== undefined) return Promise.resolve(known);
    return new Promise((resolve, reject) => this.waiters.push({ pattern, resolve, reject }));
  }

  async stop(): Promise<void> {
    await this.end('SIGTERM');
    await rm(this.home, { recursive: true, force: true });
  }

  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  async restart(): Promise<void> {
    await this.end('SIGTERM');
    await this.start();
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.child;
    this.child = undefined;
    if (child === undefined) return;
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
    await this.exited;
    clearTimeout(timer);
  }

  private take(line: string): void {
    this.lines.push(line);
    if (this.lines.length > MAX_LOG_LINES) this.lines.shift();
    const client = /Listening for client connections on .*:(\d+)/.exec(line)?.[1];
    if (client !== undefined) this.port = Number(client);
    const monitor = /Starting http monitor on (\S+)/.exec(line)?.[1];
    if (monitor !== undefined) this.monitorUrl = `http://${monitor}`;
    const found = this.waiters.filter((waiter) => waiter.pattern.test(line));
    this.waiters = this.waiters.filter((waiter) => !found.includes(waiter));
    for (const waiter of found) waiter.resolve(line);
  }

  private giveUp(why: string): void {
    const waiters = this.waiters;
    this.waiters = [];
    const error = new Error(`nats-server ${this.version}: ${why}.\n${this.lines.slice(-20).join('\n')}`);
    for (const waiter of waiters) waiter.reject(error);
  }

  private configText(): string {
    const { jetstream = true, syncAlways = false, configText = '', host = '127.0.0.1', serverName } = this.options;
    const { maxFileStoreBytes } = this.options;
    const room = maxFileStoreBytes === undefined ? '' : `max_file_store: ${maxFileStoreBytes}`;
    const sync = syncAlways && !this.version.startsWith('2.9.') ? 'sync_interval: always' : '';
    return [
      `listen: "${host}:${this.port === 0 ? -1 : this.port}"`,
      'http: "127.0.0.1:-1"',
      serverName === undefined ? '' : `server_name: ${serverName}`,
      jetstream ? `jetstream {\nstore_dir: ${JSON.stringify(this.storeDir)}\n${sync}\n${room}\n}` : '',
      configText,
    ].join('\n');
  }
}
