/**
 * Where this process runs, and whether another one there is dead. A machine that has started again, or another container, is
 * another place: what cannot be seen from here is never called dead. Linux only; elsewhere no place is known.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import type { Home } from '@tutti/contracts';

const BOOT = '/proc/sys/kernel/random/boot_id';
const PIDS = '/proc/self/ns/pid';
/** Of `/proc/<pid>/stat`, after the name: a process that is over and was not waited for yet. */
const OVER = /\) [ZXx] /;

/** The machine since its start, and the space of process ids; undefined where neither can be told, or `/proc` is of another space. */
function seatHere(): string | undefined {
  try {
    if (readlinkSync('/proc/self') !== String(process.pid)) return undefined;
    return `${readFileSync(BOOT, 'utf8').trim()}/${readlinkSync(PIDS)}`;
  } catch {
    return undefined;
  }
}

export function ownHome(): Home | undefined {
  const seat = seatHere();
  return seat === undefined ? undefined : { seat, pid: process.pid };
}

/** Whether that process is over, and its programs: sure when true. Its id may be another's by now, and then it counts as alive. */
export const isSurelyDead = ({ seat, pid, reaper = pid }: Home): boolean =>
  seat === seatHere() && isGone(pid) && isGone(reaper);

const isGone = (pid: number): boolean => !exists(pid) || isOver(pid);

/** By a signal that does nothing: `/proc` may hide the processes of others, and who may not signal one knows that it is there. */
function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

function isOver(pid: number): boolean {
  try {
    return OVER.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
