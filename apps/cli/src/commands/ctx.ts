/** `tutti ctx`: the context of a run at a version, whole or one path of it, and who wrote there. */
import type { Client } from '@tutti/client';
import { contextPath, TuttiError, type TuttiEvent } from '@tutti/contracts';
import { typedEvent } from '@tutti/telemetry/runs';
import type { Cli } from '../cli.ts';
import { EXIT } from '../exit-code.ts';
import { assertRunId, knownRun } from '../known-run.ts';
import { resolveOutput } from '../render/create-renderer.ts';
import { openRemote } from '../session.ts';
import { jsonText, oneLine } from '../text/clean.ts';

export interface CtxOptions {
  /** Absent: the newest. */
  readonly at?: number;
}

/** One commit that changed something at, above or below a path: of a step, or of a person who decided a conflict. */
interface Write {
  readonly version: number;
  readonly step?: string;
  readonly by?: string;
  readonly conflict?: string;
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly paths: readonly string[];
}

/** Commits, and paths of one, that are told to people; `--output json` has all. */
const MOST_WRITES = 20;
const MOST_PATHS = 4;

/** A JSON pointer as it is, or the words of a workflow file: `pm.user_stories`. */
export function pointerOf(written: string): string {
  const path = written === '' || written.startsWith('/') ? written : `/${written.replaceAll('.', '/')}`;
  if (contextPath.safeParse(path).success) return path;
  const rule = 'it is a JSON pointer such as /pm/user_stories, or pm.user_stories';
  throw new TuttiError('bad_usage', `PATH ${JSON.stringify(written.slice(0, 80))} names nothing in a context: ${rule}`);
}

const isAtOrBelow = (path: string, root: string): boolean => path === root || path.startsWith(`${root}/`);
const meet = (one: string, other: string): boolean => isAtOrBelow(one, other) || isAtOrBelow(other, one);

async function writesOf(client: Client, run: string, path: string, version: number): Promise<readonly Write[]> {
  const writes: Write[] = [];
  for await (const event of client.events(run)) {
    const write = writeOf(event);
    if (write === undefined || write.version > version) continue;
    const paths = write.paths.filter((each) => meet(each, path));
    if (paths.length > 0) writes.push({ ...write, paths });
  }
  return writes;
}

function writeOf(event: TuttiEvent): Write | undefined {
  const typed = typedEvent(event);
  const { time } = event;
  if (typed?.type === 'context.committed') return { ...typed.data, time };
  if (typed?.type !== 'conflict.resolved' || typed.data.version === undefined) return undefined;
  const { version, by, id: conflict, path } = typed.data;
  return { version, by, conflict, time, paths: [path] };
}

function writeText({ version, step, by, conflict, time, paths }: Write): string {
  const who = step ?? `${by} (decided conflict ${conflict})`;
  const more = paths.length > MOST_PATHS ? ` and ${paths.length - MOST_PATHS} more` : '';
  return oneLine(`  version ${version}  ${time}  ${who}  ${paths.slice(0, MOST_PATHS).join(' ')}${more}`);
}

/** Standard output is the value itself; standard error says of which version it is, and who wrote it. Ends 1 where there is none. */
export async function ctx(cli: Cli, run: string, written: string | undefined, { at }: CtxOptions): Promise<number> {
  const { io, globals } = cli;
  assertRunId(run, 'RUN');
  const path = pointerOf(written ?? '');
  const session = await openRemote(cli);
  try {
    const { client } = session;
    const { version, values } = await knownRun(run, client.context(run, [path], at));
    const history = await knownRun(run, writesOf(client, run, path, version));
    const value = values[path];
    if (resolveOutput(globals.output, io) === 'json') {
      io.stdout.write(`${JSON.stringify({ run, version, path, found: value !== undefined, value, history })}\n`);
      return value === undefined ? EXIT.failed : EXIT.done;
    }
    const where = path === '' ? 'the whole context' : path;
    io.stderr.write(
      oneLine(`${run}: ${value === undefined ? 'nothing at ' : ''}${where}, version ${version}`).concat('\n'),
    );
    for (const write of history.slice(-MOST_WRITES)) io.stderr.write(`${writeText(write)}\n`);
    if (value === undefined) return EXIT.failed;
    io.stdout.write(`${jsonText(value)}\n`);
    return EXIT.done;
  } finally {
    await session.close();
  }
}
