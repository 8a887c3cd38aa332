/** Serves and leaves the subjects of shards as ownership comes and goes. */
import type { Subscription } from '@tutti/bus';
import type { SubjectName } from '@tutti/contracts';
import type { ActorHost } from '@tutti/kernel';

export interface ShardSubject {
  readonly host: ActorHost;
  readonly subject: SubjectName;
  /** Tokens beside the shard. */
  readonly tokens: readonly string[];
}

export interface Shards {
  serve(shard: number): void;
  leave(shard: number): void;
}

export function createShards(subjects: readonly ShardSubject[]): Shards {
  const open = new Map<number, Subscription[]>();
  return {
    serve(shard) {
      if (open.has(shard)) return;
      const any = (tokens: readonly string[]): Record<string, string> =>
        Object.fromEntries(tokens.map((t) => [t, '*']));
      open.set(
        shard,
        subjects.map(({ host, subject, tokens }) => host.serve(subject, { ...any(tokens), shard })),
      );
    },
    leave(shard) {
      for (const subscription of open.get(shard) ?? []) subscription.unsubscribe();
      open.delete(shard);
      for (const { host } of subjects) host.release((params) => params['shard'] === String(shard));
    },
  };
}
