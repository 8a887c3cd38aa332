/** Networks of their own for some processes, which can be cut off without anybody being told: Linux namespaces, as root. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ip = (...args: string[]): Promise<unknown> => run('ip', args);

export interface Network {
  /** The program and arguments that run a command inside. */
  readonly enter: readonly string[];
  /** Address of this machine as seen from inside. */
  readonly gateway: string;
  /** No packet passes any more; connections stay open and hear nothing. */
  cut(): Promise<void>;
  heal(): Promise<void>;
  remove(): Promise<void>;
}

/** Makes the `index`-th network of this process. Rejects where the machine does not allow it. */
export async function createNetwork(index: number): Promise<Network> {
  const name = `tt${process.pid % 100_000}n${index}`;
  const [outside, inside] = [`${name}o`, `${name}i`];
  const net = `10.231.${process.pid % 256}`;
  const gateway = `${net}.${index * 4 + 1}`;
  const remove = async (): Promise<void> => {
    // The pair of links goes with the namespace; either may be gone already.
    await ip('link', 'del', outside).catch(() => undefined);
    await ip('netns', 'del', name).catch(() => undefined);
  };
  try {
    await ip('netns', 'add', name);
    await ip('link', 'add', outside, 'type', 'veth', 'peer', 'name', inside);
    await ip('link', 'set', inside, 'netns', name);
    await ip('addr', 'add', `${gateway}/30`, 'dev', outside);
    await ip('link', 'set', outside, 'up');
    await ip('-n', name, 'addr', 'add', `${net}.${index * 4 + 2}/30`, 'dev', inside);
    for (const link of ['lo', inside]) await ip('-n', name, 'link', 'set', link, 'up');
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    enter: ['ip', 'netns', 'exec', name],
    gateway,
    cut: async () => void (await ip('link', 'set', outside, 'down')),
    heal: async () => void (await ip('link', 'set', outside, 'up')),
    remove,
  };
}
