/**
 * The newest view of a run's context that came with a commit: the inputs of the steps that the commit lets start. It saves
 * the question that would follow every commit. Kept in memory only, of the latest commit of each run; whoever does not
 * find what it needs asks the context store.
 */
import type { ContextView } from '@tutti/contracts';
import { LRUCache } from 'lru-cache';

/** Runs whose view is kept. A view is read within milliseconds, or never. */
const MAX_VIEWS = 1_024;

export class Snapshots {
  readonly #views = new LRUCache<string, { readonly view: ContextView; readonly asked: ReadonlySet<string> }>({
    max: MAX_VIEWS,
  });

  /** Keeps a view unless a newer one is known. */
  keep(run: string, view: ContextView): void {
    const known = this.#views.get(run);
    if (known !== undefined && known.view.version > view.version) return;
    this.#views.set(run, { view, asked: new Set(view.paths) });
  }

  /** A view that has been asked for all these paths and is not older than this version. */
  find(run: string, paths: readonly string[], version: number): ContextView | undefined {
    const known = this.#views.get(run);
    if (known === undefined || known.view.version < version) return undefined;
    return paths.every((path) => known.asked.has(path)) ? known.view : undefined;
  }

  forget(run: string): void {
    this.#views.delete(run);
  }
}
