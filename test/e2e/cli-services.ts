/** A cluster of processes of the command line over a real nats-server, for the time of a test file or of one test. */
import { rmSync } from 'node:fs';
import { type NatsServer, type NatsServerOptions, startNatsServer } from '@tutti/testkit/nats-servers';
import { type Ended, type Running, startTutti, tutti } from './cli-process.ts';
import { type Scripted, scripted } from './cli-scripted.ts';

/** A process that serves outlives every test of its file, however busy the machine is. */
const STAYS_MS = 600_000;

export class Services {
  readonly at: Scripted;
  readonly server: NatsServer;
  readonly #running: Running[] = [];

  private constructor(at: Scripted, server: NatsServer) {
    this.at = at;
    this.server = server;
  }

  static async start(options: NatsServerOptions = {}): Promise<Services> {
    return new Services(scripted(), await startNatsServer(options));
  }

  /** Runs a command to its end. */
  call(...args: string[]): Promise<Ended> {
    return tutti([...args, '--nats', this.server.url], { cwd: this.at.folder });
  }

  /** Starts a command that goes on beside the test. */
  begin(...args: string[]): Running {
    return startTutti([...args, '--nats', this.server.url, '--output', 'json'], { cwd: this.at.folder });
  }

  /** Starts a process that serves; resolves once it does. */
  async serve(...args: string[]): Promise<Running> {
    const options = { cwd: this.at.folder, timeoutMs: STAYS_MS };
    const started = startTutti([...args, '--nats', this.server.url, '--output', 'json'], options);
    this.#running.push(started);
    await started.line(/"type":"ready"/);
    return started;
  }

  /** Stops what serves, then the server, and leaves no file behind; with which codes the former ended. */
  async stop(): Promise<readonly (number | null)[]> {
    for (const each of this.#running) each.kill('SIGTERM');
    const codes = await Promise.all(this.#running.splice(0).map(async ({ ended }) => (await ended).code));
    await this.server.stop();
    rmSync(this.at.folder, { recursive: true });
    return codes;
  }
}
