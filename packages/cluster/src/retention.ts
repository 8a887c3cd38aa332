/**
 * Forgets the oldest ended runs of a cluster that keeps its journals in memory: there, a process that runs workflows for
 * days would grow with each of them.
 */
import { shardOf } from '@tutti/contracts';
import type { ActorHost, Journals } from '@tutti/kernel';
import type { Logger } from '@tutti/telemetry';

/** Ended runs that an embedded cluster can still tell about. */
export const KEEP_ENDED = 1_000;

export interface Retention {
  /** A run has ended; beyond `keep` of them the oldest is forgotten by all hosts. */
  ended(run: string): void;
  /** A run that had ended goes on. */
  goesOn(run: string): void;
}

export function createRetention(
  { journals, log }: { readonly journals: Journals; readonly log: Logger },
  hosts: readonly Pick<ActorHost, 'drop'>[],
  keep: number,
): Retention {
  const ended = new Set<string>();
  const forget = (run: string): void => {
    ended.delete(run);
    for (const host of hosts) host.drop(run);
    for (const name of ['wf', 'ctx']) {
      journals
        .purge(`${name}.${shardOf(run)}.${run}`)
        .catch((err: unknown) => log.warn({ run, err }, 'a run that ended long ago could not be forgotten'));
    }
  };
  return {
    ended(run) {
      ended.add(run);
      for (const oldest of ended) {
        if (ended.size <= keep) break;
        forget(oldest);
      }
    },
    goesOn: (run) => void ended.delete(run),
  };
}
