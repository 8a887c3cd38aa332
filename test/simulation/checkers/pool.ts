/**
 * Promise 5: the pool is never exceeded. A lease is held from the moment its holder hears of the grant, or announces it,
 * until the holder gives it back (in a release, or by a sync that does not name it any more), its work is told to be recorded,
 * it is revoked, or its run has ended: what an owner that died had not given back by then belongs to nobody.
 */
import { type AttemptRef, DEFAULT_POOL, type LeaseRequest, ownerEpochOf, poolLimits } from '@tutti/contracts';
import type { Seen } from '@tutti/testkit/simulation';
import { type Checker, type Evidence, when } from './evidence.ts';
import { marred } from './lost.ts';

export const poolIsNeverExceeded: Checker = (evidence) => {
  // What a run has forgotten with its journal goes on until its time is over, and nobody counts it.
  const table = new Leases(marred(evidence, 'wf'));
  const ends = endsOf(evidence);
  const unheard = unheardEnds(evidence, ends);
  const wrong: string[] = [];
  for (const seen of evidence.observations) {
    if (seen.kind === 'watched' && seen.event.type === 'run.finished') table.endOf(seen.run);
    if (seen.kind === 'appended') table.endOf(ends.get(seen.id) ?? '');
    if (!('message' in seen) || seen.kind === 'answered') continue;
    const { kind, message } = seen;
    if (kind === 'received' && message.type === 'attempt.outcome' && unheard.has(message.run)) table.worked(message);
    table.take(seen);
    const over = table.excess();
    if (over !== undefined) wrong.push(`${when(seen.at)}: ${over}`);
  }
  return wrong;
};

/** Records with which a run ended, by id: whoever watches it may hear of that late. */
const endsOf = ({ journals }: Evidence): ReadonlyMap<string, string> =>
  new Map(
    journals
      .filter(({ key }) => key.startsWith('wf.'))
      .flatMap(({ key, records }) =>
        records.flatMap(({ id = '', end }) => (end ? [[id, key.split('.')[2] ?? ''] as const] : [])),
      ),
  );

/**
 * Runs whose end is stored though its writer never heard so: it stands in the journal from some time on, which the trace does not
 * tell. Their leases count until their work has come to an owner.
 */
function unheardEnds({ observations }: Evidence, ends: ReadonlyMap<string, string>): ReadonlySet<string> {
  const heard = new Set(observations.flatMap((seen) => (seen.kind === 'appended' ? [seen.id] : [])));
  return new Set([...ends].flatMap(([id, run]) => (heard.has(id) ? [] : [run])));
}

const LIMITS = poolLimits(DEFAULT_POOL);

class Leases {
  readonly #needs = new Map<string, LeaseRequest>();
  readonly #held = new Set<string>();
  readonly #over = new Set<string>();
  readonly #epochs = new Map<string, number>();
  readonly #uncounted: ReadonlySet<string>;
  #told = '';

  constructor(uncounted: ReadonlySet<string>) {
    this.#uncounted = uncounted;
  }

  take({ kind, message }: Seen): void {
    if (kind === 'received' && (message.type === 'resource.answer' || message.type === 'resource.granted'))
      for (const lease of message.granted) this.#hold(lease);
    if (kind !== 'sent') return;
    if (message.type === 'resource.acquire') {
      this.#know(message.requests);
      for (const lease of message.release) this.#end(lease);
    } else if (message.type === 'resource.sync') this.#sync(message);
    else if (message.type === 'attempt.recorded') this.#recorded(message);
    else if (message.type === 'resource.revoked') for (const lease of message.leases) this.#held.delete(lease);
  }

  /** What is over its limit, told once for each set of leases. */
  excess(): string | undefined {
    const used = { cpu: 0, memory: 0, agents: 0 };
    const named = new Map<string, { units: number; limit: number }>();
    const counted = [...this.#held].filter((lease) => !this.#uncounted.has(lease.split('/')[0] ?? ''));
    for (const lease of counted) {
      const { needs, uses = {}, capacity = {} } = this.#needs.get(lease) ?? {};
      used.cpu += needs?.cpu ?? 0;
      used.memory += needs?.memory ?? 0;
      used.agents += 1;
      for (const [name, units] of Object.entries(uses)) {
        const row = named.get(name) ?? { units: 0, limit: Number.POSITIVE_INFINITY };
        // Nobody's word is broken: the smallest that a holder says there is.
        named.set(name, { units: row.units + units, limit: Math.min(row.limit, capacity[name] ?? 0) });
      }
    }
    const short = [...named].find(([, { units, limit }]) => units > limit);
    const isOver =
      short !== undefined || used.cpu > LIMITS.cpu || used.memory > LIMITS.memory || used.agents > LIMITS.agents;
    const names = counted.join(' ');
    if (!isOver || names === this.#told) return undefined;
    this.#told = names;
    const more = short === undefined ? '' : `, ${short[1].units} of ${short[1].limit} ${short[0]}`;
    return `${used.cpu} CPU, ${used.memory} memory, ${used.agents} agents${more} are held by ${names}`;
  }

  endOf(run: string): void {
    if (run === '') return;
    for (const lease of [...this.#held]) if (lease.startsWith(`${run}/`)) this.#end(lease);
  }

  worked({ run, step, epoch }: AttemptRef): void {
    this.#end(`${run}/${step}/${epoch}`);
  }

  #know(requests: readonly LeaseRequest[]): void {
    for (const request of requests) this.#needs.set(request.lease, request);
  }

  #hold(lease: string): void {
    const [run = '', , epoch = '0'] = lease.split('/');
    // A grant that reaches an owner which was replaced, or a step that no longer wants it, is held by nobody.
    const isOld = ownerEpochOf(Number(epoch)) < (this.#epochs.get(run) ?? 0);
    if (!isOld && !this.#over.has(lease)) this.#held.add(lease);
  }

  #recorded({ run, step, epoch, verdict }: Extract<Seen['message'], { type: 'attempt.recorded' }>): void {
    if (verdict === 'recorded') this.#end(`${run}/${step}/${epoch}`);
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
