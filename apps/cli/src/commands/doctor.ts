/** `tutti doctor`: looks at broker, versions, clocks and processes, and says what to do about what is wrong. */
import type { Client } from '@tutti/client';
import { MAX_LETTERS, TuttiError } from '@tutti/contracts';
import { brokerUrls, connectBroker } from '../broker.ts';
import { readBrokerInfo, readSync } from '../broker-info.adapter.ts';
import { type Cli, VERSION } from '../cli.ts';
import { hearBeats } from '../doctor/beats.ts';
import {
  type Check,
  checkAgents,
  checkBroker,
  checkFailure,
  checkLetters,
  checkNodes,
  checkRuntime,
  doctorExit,
  unreachable,
  type Verdict,
} from '../doctor/checks.ts';
import { lookAtOrphans } from '../doctor/orphans.ts';
import { paintFor } from '../render/create-renderer.ts';
import { sessionOn } from '../session.ts';
import { oneLine } from '../text/clean.ts';
import { type Line, type Style, wantsUnicode } from '../text/line.ts';

async function lookAtBroker(url: string): Promise<readonly Check[]> {
  const shown = url.replace(/\/\/[^@/]*@/, '//');
  try {
    const [info, sync] = await Promise.all([readBrokerInfo(url), readSync(url)]);
    return checkBroker(shown, info, sync);
  } catch (error) {
    return [unreachable(shown, error instanceof Error ? error.message : String(error))];
  }
}

const failure = (what: string, thrown: unknown): Check => {
  const error = TuttiError.from(thrown);
  return checkFailure(what, error.code, error.message);
};

const lookAtLetters = ({ letters }: Client): Promise<Check> =>
  letters.list({ limit: MAX_LETTERS }).then(checkLetters, (error: unknown) => failure('dead letters', error));

/** Connects as a client does and asks the cluster about itself. */
async function lookAtCluster(cli: Cli): Promise<readonly Check[]> {
  try {
    const bus = await connectBroker(cli, { name: 'tutti-doctor', prepareStreams: false });
    const session = sessionOn(bus, cli.globals.prefix, () => bus.close());
    try {
      // Asked only after listening: whoever answers, also a node that has just begun, has heard all others by then.
      const skews = await hearBeats(cli.io, bus, cli.globals.prefix);
      const state = await session.client.describe();
      const nodes = state.nodes.map((node) => ({ ...node, skewMs: skews.get(node.node) }));
      const lookedAt = [lookAtOrphans(session.client, state.instances), lookAtLetters(session.client)];
      return [...checkNodes(nodes, VERSION), checkAgents(state.instances), ...(await Promise.all(lookedAt))];
    } catch (error) {
      return TuttiError.from(error).code === 'no_responders' ? checkNodes([], VERSION) : [failure('cluster', error)];
    } finally {
      await session.close();
    }
  } catch (error) {
    return [failure('connection', error)];
  }
}

async function gather(cli: Cli): Promise<readonly Check[]> {
  const runtime = checkRuntime(process.versions.node);
  if (cli.globals.nats === undefined) {
    const found = 'without --nats everything runs in one process; nothing else is needed';
    return [runtime, { verdict: 'note', what: 'broker', found }];
  }
  const brokers = (await Promise.all(brokerUrls(cli.globals).map(lookAtBroker))).flat();
  // One server of several may be away: then the others decide whether there is a broker.
  const reachable = brokers.some((check) => check.what.startsWith('broker ') && check.verdict === 'ok');
  if (!reachable) return [runtime, ...brokers];
  const seen = brokers.map((check) => (isAbsent(check) ? ({ ...check, verdict: 'bad' } as const) : check));
  return [runtime, ...seen, ...(await lookAtCluster(cli))];
}

const isAbsent = (check: Check): boolean => check.verdict === 'no_broker' && check.what.startsWith('broker nats');

const STYLES: Readonly<Record<Verdict, Style>> = { ok: 'good', note: 'dim', bad: 'bad', no_broker: 'bad' };
const UNICODE: Readonly<Record<Verdict, string>> = { ok: '✓', note: '·', bad: '✗', no_broker: '✗' };
const ASCII: Readonly<Record<Verdict, string>> = { ok: 'ok', note: '--', bad: 'NO', no_broker: 'NO' };

function checkLine(check: Check, unicode: boolean): Line {
  const advice = check.advice === undefined ? '' : `: ${check.advice}`;
  return [
    [`${(unicode ? UNICODE : ASCII)[check.verdict]} `, STYLES[check.verdict]],
    [`${oneLine(check.what)}  `, 'bold'],
    [oneLine(check.found)],
    [oneLine(advice), 'warn'],
  ];
}

export async function doctor(cli: Cli, options: { readonly quiet?: boolean }): Promise<number> {
  const { io, globals } = cli;
  const checks = await gather(cli);
  const quiet = options.quiet === true || globals.output === 'quiet';
  const shown = quiet ? checks.filter(({ verdict }) => verdict === 'bad' || verdict === 'no_broker') : checks;
  const paint = paintFor(io);
  for (const check of shown) {
    io.stdout.write(
      globals.output === 'json' ? `${JSON.stringify(check)}\n` : `${paint(checkLine(check, wantsUnicode(io.env)))}\n`,
    );
  }
  return doctorExit(checks);
}
