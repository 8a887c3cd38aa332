/** Work dealt to processes, one a core: each runs the same program again with its share. */
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** `i/n`: of all items every n-th, beginning with the i-th. */
export function shareOf<T>(items: readonly T[], share: string): readonly T[] {
  const [mine = 0, shares = 1] = share.split('/').map(Number);
  return items.filter((_, i) => i % shares === mine);
}

export interface Program {
  readonly file: string;
  readonly args: readonly string[];
  /** Options of Node itself that come before those of this process. */
  readonly nodeArgs?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts at most so many processes; how many of them did not end with 0. */
export async function spread({ file, args, nodeArgs = [], env = {} }: Program, most: number): Promise<number> {
  const shares = Math.min(availableParallelism(), most);
  const ends = Array.from({ length: shares }, (_, i) => {
    const all = [...nodeArgs, ...process.execArgv, file, ...args, '--share', `${i}/${shares}`];
    const child = spawn(process.execPath, all, {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, ...env },
    });
    return new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => resolve(code === 0 ? 0 : 1));
    });
  });
  return (await Promise.all(ends)).reduce((sum, end) => sum + end, 0);
}
