/**
 * Finds processes by a mark in their environment. Children inherit it whatever process group or session they are in, unless they
 * throw their environment away or write over it. Linux only: elsewhere nothing is found.
 *
 * One look reads the environments of all processes of the machine, some 0.1 ms each, so all who want one share it, and the event
 * loop has its turns meanwhile.
 */
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

/** Name of the mark. */
export const MARK = 'TUTTI_PROGRAM';

interface Found {
  readonly pid: number;
  readonly group: number;
  readonly parent: number;
}

type Look = ReadonlyMap<string, readonly Found[]>;

/** Looks in a row: what is started while one looks is found by the next, unless it starts others faster than they are ended. */
const MOST_LOOKS = 20;
const BETWEEN_LOOKS_MS = 5;
const BETWEEN_POLLS_MS = 50;
/** Files that are read at once. */
const AT_ONCE = 16;

/**
 * Asks what has the mark to end, but for one process group, which was asked as a group, and for children of those who are asked: these
 * end them in their way, or hand the signal on.
 */
export async function endMarked(mark: string, exceptGroup: number | undefined): Promise<void> {
  const strays = ((await look()).get(mark) ?? []).filter(({ group }) => group !== exceptGroup);
  const asked = new Set(strays.map(({ pid }) => pid));
  for (const { pid, parent } of strays) if (!asked.has(parent)) signal(pid, 'SIGTERM');
}

/** Gives what has the mark time to end, ms, then kills it. Resolves when nothing is found any more. */
export async function sweepMarked(mark: string, graceMs: number): Promise<void> {
  for (let waited = 0; waited < graceMs; waited += BETWEEN_POLLS_MS) {
    if (!(await look()).has(mark)) return;
    await pause(BETWEEN_POLLS_MS);
  }
  const known = new Set<number>();
  for (let [looks, empty] = [0, 0]; looks < MOST_LOOKS && empty < 2; looks += 1) {
    const found = ((await look()).get(mark) ?? []).filter(({ pid }) => !known.has(pid));
    empty = found.length === 0 ? empty + 1 : 0;
    for (const { pid } of found) signal(pid, 'SIGKILL');
    for (const { pid } of found) known.add(pid);
    await pause(BETWEEN_LOOKS_MS);
  }
}

let current: Promise<Look> | undefined;
let next: Promise<Look> | undefined;

/** A look that begins after this call: one under way may have passed what is looked for. */
function look(): Promise<Look> {
  next ??= (current ?? Promise.resolve()).then(() => {
    [current, next] = [next, undefined];
    return lookNow();
  });
  return next;
}

async function lookNow(): Promise<Look> {
  const names = await readdir('/proc').catch(() => []);
  const pids = names.map(Number).filter((pid) => Number.isInteger(pid) && pid !== process.pid);
  const found = new Map<string, Found[]>();
  const read = async (): Promise<void> => {
    for (let pid = pids.pop(); pid !== undefined; pid = pids.pop()) {
      const mark = markIn(await text(pid, 'environ'));
      if (mark === undefined) continue;
      const stat = await text(pid, 'stat');
      // After the name, which stands in brackets and may hold anything: state, parent, group.
      const [, parent, group] = stat
        .slice(stat.lastIndexOf(')') + 2)
        .split(' ')
        .map(Number);
      found.set(mark, [...(found.get(mark) ?? []), { pid, parent: parent ?? 0, group: group ?? 0 }]);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, read));
  return found;
}

const PATTERN = new RegExp(`(?:^|\\0)${MARK}=([0-9a-f]{32})\\0`);
const markIn = (environment: string): string | undefined => PATTERN.exec(environment)?.[1];

/** Empty of processes that are over; so is the environment of those of other users. */
const text = (pid: number, file: 'environ' | 'stat'): Promise<string> =>
  readFile(`/proc/${pid}/${file}`, 'latin1').catch(() => '');

/** What is gone meanwhile is as good. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    return;
  }
}
