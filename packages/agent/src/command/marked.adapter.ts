/**
 * Finds processes by a mark in their environment. Children inherit it whatever process group or session they are in, unless they
 * throw their environment away. Linux only: elsewhere nothing is found.
 */
import { readdirSync, readFileSync } from 'node:fs';

/** Looks in a row: what is started while one looks is found by the next, unless it starts others faster than they are ended. */
const MOST_LOOKS = 20;

/** Asks every process with the mark to end, but for those of one process group, which were asked as a group. */
export function endMarked(mark: string, exceptGroup: number | undefined): void {
  for (const pid of markedBy(mark)) if (groupOf(pid) !== exceptGroup) signal(pid, 'SIGTERM');
}

/** Kills every process with the mark. */
export function killMarked(mark: string): void {
  const known = new Set<number>();
  for (let look = 0; look < MOST_LOOKS; look += 1) {
    const found = markedBy(mark).filter((pid) => !known.has(pid));
    if (found.length === 0) return;
    for (const pid of found) signal(pid, 'SIGKILL');
    for (const pid of found) known.add(pid);
  }
}

function markedBy(mark: string): readonly number[] {
  return processes().filter((pid) => pid !== process.pid && read(pid, 'environ').includes(mark));
}

function processes(): readonly number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

/** The process group: the third field after the name, which stands in brackets and may hold anything. */
function groupOf(pid: number): number | undefined {
  const stat = read(pid, 'stat');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
}

/** Empty of processes that are over; so is the environment of those of other users. */
function read(pid: number, file: 'environ' | 'stat'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
}

/** What is gone meanwhile is as good. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    return;
  }
}
