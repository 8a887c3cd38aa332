/** Gathers the recorded history once the storm is over: from the streams, from the client, and from the agents' ledgers. */
import { type Bus, connectNats } from '@tutti/bus';
import { type Client, createClient } from '@tutti/client';
import { POOL } from '@tutti/cluster';
import { createSubjects, type MessageOf, type TuttiEvent } from '@tutti/contracts';
import { createExchange, createLocalTable, type Exchange, systemClock, systemIds, systemRandom } from '@tutti/kernel';
import { noopMeter, silentLogger } from '@tutti/telemetry';
import { type Evidence, journalsIn } from '../../simulation/checkers/index.ts';
import type { Submitted } from './driver.ts';

/** Of one question, ms. */
const ASK_MS = 10_000;
/** A broker that just came back, or nodes that just started, need some seconds: some 25 s of tries. */
const PATIENT = { tries: 25, ownerMs: 25_000, maxPauseMs: 1_000 };

export class Inspector {
  readonly bus: Bus;
  readonly client: Client;
  readonly #exchange: Exchange;
  readonly #subjects = createSubjects();

  private constructor(bus: Bus) {
    this.bus = bus;
    this.client = createClient({ bus, limits: PATIENT });
    const clock = { clock: systemClock, random: systemRandom, ids: systemIds };
    const ports = { bus, local: createLocalTable(), ...clock, log: silentLogger, meter: noopMeter };
    this.#exchange = createExchange({ ...ports, subjects: this.#subjects }, { identity: 'inspector' });
  }

  static async connect(servers: readonly string[], replicas: number, name: string): Promise<Inspector> {
    return new Inspector(await connectNats({ servers, replicas, name, prepareStreams: false }));
  }

  async pool(): Promise<MessageOf<'resource.state'> | undefined> {
    const to = this.#subjects.of('resources', { pool: POOL });
    const asked = { type: 'resource.describe' } as MessageOf<'resource.describe'>;
    const { message } = await this.#exchange.ask(to, asked, ASK_MS);
    return message.type === 'resource.state' ? message : undefined;
  }

  journals(): Promise<Evidence['journals']> {
    return journalsIn(this.bus);
  }

  /** How a run ended, as whoever asks now is told; what nobody answers is missing. */
  async end({ run, definition, acceptedAt }: Submitted): Promise<Evidence['runs'][number]> {
    const view = await this.client.status(run).catch(() => undefined);
    const context = await this.client.context(run).then(
      ({ values }) => values[''] ?? {},
      () => undefined,
    );
    const events: TuttiEvent[] = [];
    try {
      for await (const event of this.client.events(run)) events.push(event);
    } catch {
      events.length = 0;
    }
    return { run, definition, acceptedAt, view, context, events };
  }

  close(): Promise<void> {
    return this.bus.close();
  }
}
