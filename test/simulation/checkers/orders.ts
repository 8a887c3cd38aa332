/** An instance starts no attempt of an epoch older than one it has been told of: what comes late is refused. */
import type { Seen } from '@tutti/testkit/simulation';
import { type Checker, when } from './evidence.ts';

export const oldOrdersAreRefused: Checker = ({ observations }) => {
  const instances = new Instances();
  return observations.flatMap((seen) => ('message' in seen ? instances.take(seen) : []));
};

class Instances {
  /** The lowest epoch that an instance may still take, by instance and step. */
  readonly #newest = new Map<string, number>();
  /** Orders that were old when they came. An order that was taken once may be answered so again. */
  readonly #old = new Map<string, number>();
  readonly #taken = new Set<string>();

  take({ kind, at, process, subject, message, request }: Seen): readonly string[] {
    if (kind === 'received' && (message.type === 'attempt.run' || message.type === 'attempt.cancel')) {
      const step = `${process} ${subject} ${message.run}/${message.step}`;
      const newest = this.#newest.get(step) ?? 0;
      if (message.type === 'attempt.run' && message.epoch < newest) this.#old.set(`${step}/${message.epoch}`, newest);
      // What is cancelled is old from then on, even if its order comes after that.
      this.#newest.set(step, Math.max(newest, message.epoch + (message.type === 'attempt.cancel' ? 1 : 0)));
    }
    if (kind !== 'answered' || request?.type !== 'attempt.run' || message.type === 'attempt.refused') return [];
    if (message.type === 'error') return [];
    const order = `${process} ${subject} ${request.run}/${request.step}/${request.epoch}`;
    const newest = this.#old.get(order);
    const isNew = !this.#taken.has(order);
    this.#taken.add(order);
    return isNew && newest !== undefined
      ? [`${when(at)}: ${order} was taken, when none below ${newest} was wanted`]
      : [];
  }
}
