import { readFileSync } from 'node:fs';

/**
 * Whether a process runs. One that is dead and only not yet collected by its parent does not, nor does one that was killed and
 * has given its memory back: it runs nothing any more, and bears no mark.
 */
export function isAlive(pid: number): boolean {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return /^VmSize:/m.test(status) && !/^State:\s+[ZX]/m.test(status);
  } catch {
    return false;
  }
}
