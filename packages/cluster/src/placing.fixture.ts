/** A node under a test, as far as it hears of agents. */
import { type AnyMessage, type AttemptRef, type Body, createSubjects } from '@tutti/contracts';
import type { Actor, ActorHost, CustomContext, Exchange, Incoming, KernelPorts } from '@tutti/kernel';
import { noopMeter, silentLogger } from '@tutti/telemetry';
import { createPlacing } from './placing.ts';

type Beat = Body<'agent.beat'>;

export const ALONE_MS = 20_000;
export const ref: AttemptRef = { run: 'r', step: 's', attempt: 1, epoch: 5 };
const home = { seat: 'here', pid: 7 };
export const running = { status: 'running', epoch: 5, held: true, instance: 'p-1', home };

/** A node that owns one run with one step; the test sends beats, moves the time, and says whether a process is seen to be dead. */
export function world(step: object = running, { isDead = false, aloneMs = ALONE_MS } = {}) {
  const sent: AnyMessage[] = [];
  const told: AnyMessage[] = [];
  let now = 0;
  let timers: { readonly at: number; readonly run: () => void }[] = [];
  let hear: (incoming: Incoming) => void = () => undefined;
  const exchange = {
    identity: 'n',
    send: (_: string, message: AnyMessage) => void sent.push(message),
    serve: (_: string, handler: typeof hear) => {
      hear = handler;
      return { subject: '', drain: async () => undefined, unsubscribe: () => undefined };
    },
  } as unknown as Exchange;
  const after = (ms: number, run: () => void) => {
    const timer = { at: now + ms, run };
    timers.push(timer);
    const cancel = (): void => {
      timers = timers.filter((other) => other !== timer);
    };
    return { cancel };
  };
  const clock = { now: () => now, monotonic: () => now, after, soon: (run: () => void) => run() };
  const ports = {
    ...{ bus: { onStatus: () => () => undefined }, clock, log: silentLogger, meter: noopMeter },
    subjects: createSubjects(),
  } as unknown as KernelPorts;
  const definition = { steps: [{ id: 's', agent: 'a', waitsFor: [] }], groups: [] };
  const actor = {
    id: 'r',
    snapshot: { context: { run: 'r', steps: [step], definition } },
    stoppedBy: undefined as string | undefined,
    busy: false,
    receive: (event: AnyMessage) => void told.push(event),
  };
  const host = { get: (run: string) => (run === 'r' ? (actor as unknown as Actor) : undefined) } as ActorHost;
  const options = { aloneMs, isDead: () => isDead, workflows: () => host, publish: () => undefined };
  const placing = createPlacing(ports, exchange, options);
  let seq = 0;
  const beat = (more: Partial<Beat> = {}): readonly AnyMessage[] => {
    sent.length = 0;
    const instances = [{ role: 'a', instance: 'p-1', state: 'running' as const, attempt: ref }];
    const process = { process: 'p', host: 'h', pid: 7, home, startedAtMs: 3, version: '0', left: false, instances };
    hear({ message: { type: 'agent.beat', ...process, seq: ++seq, ...more } } as Incoming);
    return [...sent];
  };
  const pass = (ms: number): void => {
    for (const end = now + ms; now < end; now += 100) {
      const due = timers.filter(({ at }) => at <= now);
      timers = timers.filter(({ at }) => at > now);
      for (const { run } of due) run();
    }
  };
  /** Time goes by in which the process does nothing. */
  const stand = (ms: number): void => {
    now += ms;
  };
  const survey = (): void => placing.custom('survey', {}, { actor } as unknown as CustomContext);
  const waitForAgent = (): void => placing.custom('await', { role: 'a' }, { actor } as unknown as CustomContext);
  return { actor, beat, pass, stand, survey, waitForAgent, told };
}
