/**
 * The instance registry: which agent instances are alive, what they run, which one takes the next attempt.
 *
 * Truth is what the heartbeats say; what this node has just given away or got back is known sooner than the next beat
 * and holds until a newer beat agrees. Plain state and pure decisions; the clock comes in as an argument.
 */
import type { AttemptRef, Body, Home } from '@tutti/contracts';
import { remembering } from '@tutti/kernel';
import { type Answering, answered, compareStandings, isSlow, type Standing, strainOf, UNASKED } from './health.ts';

type Beat = Body<'agent.beat'>;

interface Instance {
  readonly role: string;
  readonly instance: string;
  readonly process: AgentProcess;
  free: boolean;
  /** The attempt this node gave it and has not got back. */
  given: AttemptRef | undefined;
  /** When it was given, ms on the caller's clock. */
  givenMs: number;
  /** The attempt got back last: a beat that still names it is old. Its epoch alone says nothing: other runs have it too. */
  returned: AttemptRef | undefined;
  /** What the last beat said it runs. */
  told: AttemptRef | undefined;
  /** It takes no more work. */
  isDraining: boolean;
}

interface AgentProcess {
  readonly process: string;
  readonly host: string;
  readonly home: Home | undefined;
  startedAtMs: number;
  seq: number;
  seenMs: number;
  answering: Answering;
  /** What its last beat said of its machine, in quarters. */
  strain: number;
  readonly instances: Map<string, Instance>;
  /** Its free instances by role, the one that has been free longest first. */
  readonly free: Map<string, Set<Instance>>;
  /** How many are free, of all roles. */
  freeCount: number;
}

/** What a beat or the lack of one changed. */
export interface RegistryChange {
  readonly joined: boolean;
  readonly left: boolean;
  /** Attempts that this node gave, or that beats had named, and that nobody runs any more. */
  readonly lost: readonly { readonly ref: AttemptRef; readonly instance: string }[];
  /** Of a process that is not heard of any more and may live: when it was heard last, ms on the caller's clock. */
  readonly seenMs?: number;
  /** Another process of this name was known, and is gone. */
  readonly replaced?: RegistryChange;
  /** Roles that have a free instance now. */
  readonly freed: readonly string[];
}

/** Beats that may be missed before a process counts as gone (architecture §7: three heartbeats). */
export const MISSED_BEATS = 3;
export const BEAT_MS = 1_000;
/**
 * A beat may have been on its way when an attempt was given. After this long, more than an instance has to accept and a
 * late beat takes, a beat that does not name the attempt is right: the attempt ended elsewhere, or was lost.
 */
export const BELIEVE_BEATS_AFTER_MS = 4_000;
/** Instances remembered that are not heard of any more; of more the leases are held for their whole time. */
const MAX_MISSED = 10_000;
/** Processes known at once; a beat of one more is ignored. */
export const MAX_PROCESSES = 10_000;

export class Registry {
  readonly #processes = new Map<string, AgentProcess>();
  readonly #byRole = new Map<string, Map<string, Instance>>();
  /** Processes that have a free instance of a role: a choice looks at these, not at instances. */
  readonly #ready = new Map<string, Set<AgentProcess>>();
  readonly #isDead: (home: Home) => boolean;
  /** What instances that are not heard of may have, by instance. */
  readonly #missed = remembering<AttemptRef>(MAX_MISSED);

  /** @param isDead whether a process is surely dead */
  constructor(isDead: (home: Home) => boolean = () => false) {
    this.#isDead = isDead;
  }

  /** Takes one beat. */
  beat(beat: Beat, nowMs: number): RegistryChange {
    const known = this.#processes.get(beat.process);
    if (known !== undefined && beat.startedAtMs === known.startedAtMs && beat.seq <= known.seq) return nothing;
    if (beat.left) return this.#remove(beat.process);
    const isOther = known !== undefined && known.startedAtMs !== beat.startedAtMs;
    const replaced = isOther ? { replaced: this.#giveUp(known) } : {};
    const process = this.#processes.get(beat.process) ?? this.#add(beat, nowMs);
    if (process === undefined) return nothing;
    process.seq = beat.seq;
    process.seenMs = nowMs;
    process.strain = strainOf(beat.load);
    const changed = this.#reconcile(process, beat, nowMs);
    return { joined: known === undefined, left: false, ...changed, ...replaced };
  }

  /** Processes that missed too many beats are gone. */
  expire(nowMs: number): readonly (RegistryChange & { readonly process: string })[] {
    const limit = nowMs - MISSED_BEATS * BEAT_MS * 1.2;
    const gone = [...this.#processes.values()].filter((p) => p.seenMs < limit);
    return gone.map((process) => ({ ...this.#giveUp(process), process: process.process }));
  }

  /** This node heard nobody until now: that is held against no process. */
  excuse(nowMs: number): void {
    for (const process of this.#processes.values()) process.seenMs = nowMs;
  }

  /** What it did is not known to be over, unless it is seen to be dead: if it is heard of again, its beats say so. */
  #giveUp({ process, home, seenMs }: AgentProcess): RegistryChange {
    const change = this.#remove(process);
    if (home !== undefined && this.#isDead(home)) return change;
    for (const { ref, instance } of change.lost) this.expect(instance, ref);
    return { ...change, seenMs };
  }

  /** An instance that is not heard of may have this attempt. */
  expect(id: string, ref: AttemptRef): void {
    this.#missed.set(id, ref);
  }

  /** When beats named this instance last, ms on the caller's clock; undefined when none does. */
  heardAt(role: string, id: string): number | undefined {
    return this.#byRole.get(role)?.get(id)?.process.seenMs;
  }

  /** Where the process of an instance runs, when it says so. */
  homeOf(role: string, id: string): Home | undefined {
    return this.#byRole.get(role)?.get(id)?.process.home;
  }

  hasRole(role: string): boolean {
    return (this.#byRole.get(role)?.size ?? 0) > 0;
  }

  /** A free instance of the process that stands best; undefined when none is free. `tie` in [0, 1) breaks ties. */
  pick(role: string, tie: number, nowMs: number, without: ReadonlySet<string> = NONE): string | undefined {
    let best: string[] = [];
    let first: Standing | undefined;
    for (const process of this.#ready.get(role) ?? []) {
      const standing = standingOf(process, nowMs);
      const order = first === undefined ? -1 : compareStandings(standing, first);
      if (order > 0) continue;
      const instance = longestFree(process, role, without);
      if (instance === undefined) continue;
      if (order < 0) best = [];
      first = standing;
      best.push(instance);
    }
    return best[Math.floor(tie * best.length)];
  }

  /** An instance answered the order that it was given last, whatever it said, or said nothing in all this time. */
  answered(role: string, id: string, ref: AttemptRef, nowMs: number): void {
    const instance = this.#byRole.get(role)?.get(id);
    // Another process may have its name by now.
    if (instance === undefined || !isSame(instance.given, ref)) return;
    instance.process.answering = answered(instance.process.answering, nowMs - instance.givenMs, nowMs);
  }

  /** Marks an instance as given an attempt. */
  give(role: string, id: string, ref: AttemptRef, nowMs: number): void {
    const instance = this.#byRole.get(role)?.get(id);
    if (instance === undefined) return;
    this.#setFree(instance, false);
    instance.given = ref;
    instance.givenMs = nowMs;
  }

  /** Marks an instance as free again after this attempt, unless it works on another one. */
  giveBack(role: string, id: string, ref: AttemptRef): void {
    const instance = this.#byRole.get(role)?.get(id);
    if (instance === undefined || (instance.given !== undefined && !isSame(instance.given, ref))) return;
    instance.given = undefined;
    instance.returned = ref;
    if (isSame(instance.told, ref)) instance.told = undefined;
    if (instance.told === undefined) this.#setFree(instance, true);
  }

  /** An instance that said nothing: it may have begun. Not free until its beats have had the time to name the attempt. */
  doubt(role: string, id: string): void {
    const instance = this.#byRole.get(role)?.get(id);
    if (instance !== undefined) this.#setFree(instance, false);
  }

  /** An instance that refused: not free until its next beat says so. */
  suspect(role: string, id: string): void {
    const instance = this.#byRole.get(role)?.get(id);
    if (instance === undefined) return;
    instance.given = undefined;
    this.#setFree(instance, false);
  }

  /** Attempts of a run that live instances run or report. */
  attemptsOf(run: string): readonly (AttemptRef & { readonly instance: string })[] {
    const found: (AttemptRef & { instance: string })[] = [];
    for (const { instances } of this.#processes.values()) {
      for (const { ref, instance } of [...instances.values()].flatMap(attemptsAt)) {
        if (ref.run === run) found.push({ ...ref, instance });
      }
    }
    return found;
  }

  list(nowMs: number): readonly {
    role: string;
    instance: string;
    process: string;
    host: string;
    state: string;
    attempt?: string;
    slow?: true;
  }[] {
    return [...this.#processes.values()].flatMap((of) =>
      [...of.instances.values()].map((i) => {
        const ref = i.given ?? i.told;
        const attempt = ref === undefined ? {} : { attempt: `${ref.run}/${ref.step}#${ref.attempt}` };
        const slow = isSlow(of, nowMs) ? { slow: true as const } : {};
        const { process, host } = of;
        const state = i.free ? 'idle' : i.isDraining ? 'draining' : 'busy';
        return { role: i.role, instance: i.instance, process, host, state, ...attempt, ...slow };
      }),
    );
  }

  #setFree(instance: Instance, free: boolean): void {
    if (instance.free === free) return;
    instance.free = free;
    const { process, role } = instance;
    process.freeCount += free ? 1 : -1;
    const idle = placeFor(process.free, role);
    if (free) idle.add(instance);
    else idle.delete(instance);
    const ready = placeFor(this.#ready, role);
    if (idle.size > 0) ready.add(process);
    else ready.delete(process);
  }

  #add(beat: Beat, nowMs: number): AgentProcess | undefined {
    if (this.#processes.size >= MAX_PROCESSES) return undefined;
    const { process, host, home, startedAtMs, seq } = beat;
    const added: AgentProcess = {
      process,
      host,
      home,
      startedAtMs,
      seq,
      seenMs: nowMs,
      answering: UNASKED,
      strain: 0,
      instances: new Map(),
      free: new Map(),
      freeCount: 0,
    };
    this.#processes.set(process, added);
    return added;
  }

  #reconcile(
    process: AgentProcess,
    beat: Beat,
    nowMs: number,
  ): { lost: { ref: AttemptRef; instance: string }[]; freed: string[] } {
    const lost: { ref: AttemptRef; instance: string }[] = [];
    const freed: string[] = [];
    const named = new Set(beat.instances.map((i) => i.instance));
    for (const gone of [...process.instances.values()].filter((i) => !named.has(i.instance))) {
      lost.push(...attemptsAt(gone));
      this.#drop(process, gone);
    }
    for (const row of beat.instances) {
      const instance = process.instances.get(row.instance) ?? this.#introduce(process, row, nowMs);
      if (isSame(row.attempt, instance.returned)) continue;
      instance.isDraining = row.draining === true || row.state === 'draining';
      const before = attemptsAt(instance);
      instance.told = row.attempt;
      if (this.#isNotRunning(instance, nowMs)) instance.given = undefined;
      lost.push(...before.filter(({ ref }) => !attemptsAt(instance).some((now) => isSame(now.ref, ref))));
      if (instance.given !== undefined) continue;
      this.#setFree(instance, row.state === 'idle');
      if (instance.free) freed.push(instance.role);
    }
    return { lost, freed };
  }

  /** Whether it was given its attempt so long ago that its beat would name it if it still ran or reported it. */
  #isNotRunning({ given, givenMs, told }: Instance, nowMs: number): boolean {
    if (given === undefined || isSame(told, given)) return false;
    return nowMs - givenMs > BELIEVE_BEATS_AFTER_MS;
  }

  #introduce(process: AgentProcess, row: Beat['instances'][number], nowMs: number): Instance {
    const { role, instance } = row;
    const missed = this.#missed.get(instance);
    this.#missed.delete(instance);
    const added: Instance = {
      role,
      instance,
      process,
      free: false,
      given: missed,
      givenMs: missed === undefined ? 0 : nowMs,
      returned: undefined,
      told: undefined,
      isDraining: false,
    };
    process.instances.set(instance, added);
    const role_ = this.#byRole.get(role) ?? new Map<string, Instance>();
    role_.set(instance, added);
    this.#byRole.set(role, role_);
    return added;
  }

  #drop(process: AgentProcess, instance: Instance): void {
    this.#setFree(instance, false);
    process.instances.delete(instance.instance);
    this.#byRole.get(instance.role)?.delete(instance.instance);
  }

  #remove(id: string): RegistryChange {
    const process = this.#processes.get(id);
    if (process === undefined) return nothing;
    const lost = [...process.instances.values()].flatMap(attemptsAt);
    for (const instance of process.instances.values()) this.#drop(process, instance);
    this.#processes.delete(id);
    return { joined: false, left: true, lost, freed: [] };
  }
}

const isSame = (a: AttemptRef | undefined, b: AttemptRef | undefined): boolean =>
  a !== undefined && a.run === b?.run && a.step === b.step && a.epoch === b.epoch;

/** What an instance works on as far as this node knows: what it was given here, and what its beats name, whoever gave it. */
function attemptsAt({ instance, given, told, returned }: Instance): { ref: AttemptRef; instance: string }[] {
  const named = told === undefined || isSame(told, returned) || isSame(told, given) ? [] : [told];
  return [...(given === undefined ? [] : [given]), ...named].map((ref) => ({ ref, instance }));
}

const standingOf = (process: AgentProcess, nowMs: number): Standing => ({
  isSlow: isSlow(process, nowMs),
  busy: 1 - process.freeCount / Math.max(1, process.instances.size),
  strain: process.strain,
});

function longestFree(process: AgentProcess, role: string, without: ReadonlySet<string>): string | undefined {
  for (const { instance } of process.free.get(role) ?? []) if (!without.has(instance)) return instance;
  return undefined;
}

function placeFor<T>(table: Map<string, Set<T>>, key: string): Set<T> {
  const known = table.get(key);
  if (known !== undefined) return known;
  const made = new Set<T>();
  table.set(key, made);
  return made;
}

const NONE: ReadonlySet<string> = new Set();
const nothing: RegistryChange = { joined: false, left: false, lost: [], freed: [] };
