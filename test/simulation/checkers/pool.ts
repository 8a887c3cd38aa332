/**
 * Promise 5: the pool is never exceeded. A lease is held from the moment its holder hears of the grant, or announces it,
 * until the holder gives it back (in a release, or by a sync that does not name it any more) or it is revoked.
 */
import { DEFAULT_POOL, type LeaseRequest, ownerEpochOf, poolLimits } from '@tutti/contracts';
import type { Seen } from '@tutti/testkit/simulation';
import { type Checker, when } from './evidence.ts';

export const poolIsNeverExceeded: Checker = ({ observations }) => {
  const table = new Leases();
  const wrong: string[] = [];
  for (const seen of observations) {
    if (!('message' in seen) || seen.kind === 'answered') continue;
    table.take(seen);
    const over = table.excess();
    if (over !== undefined) wrong.push(`${when(seen.at)}: ${over}`);
  }
  return wrong;
};

const LIMITS = poolLimits(DEFAULT_POOL);

class Leases {
  readonly #needs = new Map<string, LeaseRequest['needs']>();
  readonly #held = new Set<string>();
  readonly #over = new Set<string>();
  readonly #epochs = new Map<string, number>();
  #told = '';

  take({ kind, message }: Seen): void {
    if (kind === 'received' && (message.type === 'resource.answer' || message.type === 'resource.granted'))
      for (const lease of message.granted) this.#hold(lease);
    if (kind !== 'sent') return;
    if (message.type === 'resource.acquire') {
      this.#know(message.requests);
      for (const lease of message.release) this.#end(lease);
    } else if (message.type === 'resource.sync') this.#sync(message);
    else if (message.type === 'resource.revoked') for (const lease of message.leases) this.#held.delete(lease);
  }

  /** What is over its limit, told once for each set of leases. */
  excess(): string | undefined {
    const used = { cpu: 0, memory: 0, agents: 0 };
    for (const lease of this.#held) {
      const needs = this.#needs.get(lease);
      used.cpu += needs?.cpu ?? 0;
      used.memory += needs?.memory ?? 0;
      used.agents += 1;
    }
    const isOver = used.cpu > LIMITS.cpu || used.memory > LIMITS.memory || used.agents > LIMITS.agents;
    const names = [...this.#held].join(' ');
    if (!isOver || names === this.#told) return undefined;
    this.#told = names;
    return `${used.cpu} CPU, ${used.memory} memory, ${used.agents} agents are held by ${names}`;
  }

  #know(requests: readonly LeaseRequest[]): void {
    for (const { lease, needs } of requests) this.#needs.set(lease, needs);
  }

  #hold(lease: string): void {
    const [run = '', , epoch = '0'] = lease.split('/');
    // A grant that reaches an owner which was replaced, or a step that no longer wants it, is held by nobody.
    const isOld = ownerEpochOf(Number(epoch)) < (this.#epochs.get(run) ?? 0);
    if (!isOld && !this.#over.has(lease)) this.#held.add(lease);
  }

  #end(lease: string): void {
    this.#held.delete(lease);
    this.#over.add(lease);
  }

  #sync(message: Extract<Seen['message'], { type: 'resource.sync' }>): void {
    const { holder, holderEpoch, held, wanted, partial = false } = message;
    if (holderEpoch < (this.#epochs.get(holder) ?? 0)) return;
    this.#epochs.set(holder, holderEpoch);
    this.#know([...held, ...wanted]);
    const named = new Set([...held, ...wanted].map(({ lease }) => lease));
    if (!partial)
      for (const lease of [...this.#held]) if (lease.startsWith(`${holder}/`) && !named.has(lease)) this.#end(lease);
    for (const { lease } of held) if (!this.#over.has(lease)) this.#held.add(lease);
  }
}
