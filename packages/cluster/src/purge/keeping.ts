/** What a node does about runs that have ended: purges them when it is told, and when there are too many. */
import { shardOf } from '@tutti/contracts';
import { type ActorHost, createBusJournals, type Exchange, type KernelPorts } from '@tutti/kernel';
import type { Letters } from '../letters/store.ts';
import type { Ownership } from '../ownership.ts';
import { type Keep, Retention } from '../retention.ts';
import type { Forgetful, Forgetting } from './forgetting.ts';
import { Purges } from './purges.ts';

export interface KeepingOptions {
  readonly node: string;
  readonly exchange: Exchange;
  readonly letters: Letters;
  readonly hosts: {
    readonly workflows: ActorHost;
    readonly contexts: ActorHost;
    readonly decided: Forgetful['barriers'];
  };
  readonly forgetting: Forgetting;
  readonly keep: Keep;
  ownership(): Ownership;
}

export interface Keeping {
  readonly purges: Purges;
  readonly retention: Retention;
  /** Another node purges the run; `done`: it has. */
  forget(run: string, done: boolean): Promise<void>;
}

export function createKeeping(ports: KernelPorts, options: KeepingOptions): Keeping {
  const { node, exchange, letters, hosts, forgetting, ownership } = options;
  const forgetful: Forgetful = { hosts: [hosts.workflows, hosts.contexts], barriers: hosts.decided };
  const others = (): string[] => {
    const names = new Set([...ownership().nodes('supervisor'), ...ownership().nodes('context')]);
    names.delete(node);
    return [...names];
  };
  const purges = new Purges(ports, {
    ...{ exchange, letters, forgetting, forgetful, others, workflows: hosts.workflows },
    journals: ports.journals ?? createBusJournals(ports.bus),
    isOwned: (shard) => ownership().epochOf('supervisor', shard) !== undefined,
    purged: (run) => retention.goesOn(run),
  });
  const retention = new Retention(
    {
      ...{ clock: ports.clock, log: ports.log },
      purge: (run) => purges.purge(run),
      shards: () => ownership().owned('supervisor'),
    },
    options.keep,
  );
  return {
    purges,
    retention,
    async forget(run, done) {
      if (done) return forgetting.release(run);
      // Whoever is not its owner any more keeps nothing of it.
      if (ownership().epochOf('supervisor', shardOf(run)) === undefined) retention.goesOn(run);
      await forgetting.forget(run, forgetful);
    },
  };
}
