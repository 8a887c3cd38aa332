/** What a commit tells of the context, whoever made it. */
import type { Committed } from '@tutti/contracts';
import { settle } from './resolve.ts';
import type { Turn } from './turn.ts';

/** Takes the version and the conflicts of a commit. */
export function noteVersion(turn: Turn, event: Committed): void {
  const known = new Set(turn.run.conflicts.map((c) => c.id));
  const fresh = event.conflicts.filter((c) => !known.has(c.id)).map(({ resolved: _, ...open }) => open);
  turn.set({
    opened: true,
    version: Math.max(turn.run.version, event.version),
    conflicts: [...turn.run.conflicts, ...fresh],
  });
  for (const { id, path, kept, refused } of fresh) {
    turn.emit({ type: 'context.conflict', data: { id, path, kept: kept.author, refused: refused.author } });
  }
  noteResolved(turn, event);
}

/** What a person had decided, and the journal of this run has lost with its broker. */
export function noteResolved(turn: Turn, { conflicts, version }: Pick<Committed, 'conflicts' | 'version'>): void {
  for (const { id, resolved } of conflicts)
    if (resolved !== undefined) settle(turn, id, resolved, resolved.version ?? version);
}
