/**
 * What is judged after joins: each validation that a workflow asks for is over once in each life of its run, before that ends, by
 * nobody who made what is judged, and not before the join; and what depends on the group was free to start by then.
 */
import type { TuttiEvent } from '@tutti/contracts';
import type { Checker, Evidence } from './evidence.ts';

type Definition = NonNullable<Evidence['runs'][number]['definition']>;

export const validationsEndOnce: Checker = ({ runs }) =>
  runs.flatMap(({ run, definition, events }) =>
    definition === undefined ? [] : new Run(run, definition).take(events),
  );

class Run {
  readonly #run: string;
  readonly #definition: Definition;
  /** `group/validator/of` of everything that is to be judged. */
  readonly #wanted: ReadonlySet<string>;
  /** Of the present life, or kept of an earlier one. */
  readonly #over = new Set<string>();
  readonly #inThisLife = new Set<string>();
  readonly #ready = new Set<string>();
  readonly #succeeded = new Set<string>();
  readonly #joined = new Set<string>();
  #hasEnded = false;
  readonly #wrong: string[] = [];

  constructor(run: string, definition: Definition) {
    this.#run = run;
    this.#definition = definition;
    this.#wanted = new Set(definition.groups.flatMap((group) => wantedOf(definition, group)));
  }

  take(events: readonly TuttiEvent[]): readonly string[] {
    for (const event of events) this.#takeOne(event);
    return this.#wrong;
  }

  #takeOne({ type, seq, data }: TuttiEvent): void {
    const step = String(data['step']);
    if (type === 'step.ready' || type === 'step.skipped' || type === 'step.cancelled') this.#ready.add(step);
    if (type === 'step.succeeded') this.#succeeded.add(step);
    if (type === 'group.closed' && data['decision'] !== 'aborted') this.#joined.add(String(data['group']));
    if (type === 'group.fallback') this.#joined.delete(String(data['group']));
    if (type === 'run.retried') this.#again(data['steps'] as string[]);
    if (type === 'validation.started') this.#mayJudge(data, seq);
    if (type === 'validation.finished') this.#finished(data, seq);
    if (type !== 'run.finished') return;
    this.#hasEnded = true;
    for (const key of this.#wanted) if (!this.#over.has(key)) this.#say(`ended without ${key}`, seq);
  }

  /** What is judged anew says so again. */
  #again(steps: readonly string[]): void {
    this.#hasEnded = false;
    this.#inThisLife.clear();
    for (const id of steps) for (const set of [this.#ready, this.#succeeded]) set.delete(id);
    for (const { id, steps: members } of this.#definition.groups)
      if (members.some((member) => steps.includes(member))) this.#forget(id);
  }

  #forget(group: string): void {
    this.#joined.delete(group);
    for (const key of this.#over) if (key.startsWith(`${group}/`)) this.#over.delete(key);
  }

  #mayJudge(data: TuttiEvent['data'], seq: number | undefined): void {
    const [group, of] = [String(data['group']), String(data['of'])];
    if (this.#hasEnded) this.#say(`${of} is judged after the end`, seq);
    if (!this.#succeeded.has(of)) this.#say(`${of} is judged without a result`, seq);
    if (!this.#joined.has(group)) this.#say(`${of} is judged before the join of ${group}`, seq);
    for (const { id, waitsFor } of this.#definition.steps) {
      const isFree = waitsFor.every((wait) => (wait.kind === 'group' ? this.#joined : this.#succeeded).has(wait.id));
      const isAfter = waitsFor.some((wait) => wait.kind === 'group' && wait.id === group);
      if (isAfter && isFree && !this.#ready.has(id)) this.#say(`${id} waits while ${of} is judged`, seq);
    }
  }

  #finished(data: TuttiEvent['data'], seq: number | undefined): void {
    const key = `${data['group']}/${data['validator']}/${data['of']}`;
    const { verdict } = data;
    if (!this.#wanted.has(key)) this.#say(`${key} is over, and nobody asked for it`, seq);
    if (this.#inThisLife.has(key)) this.#say(`${key} is over a second time`, seq);
    if (this.#hasEnded) this.#say(`${key} is over after the end`, seq);
    const isJudged = verdict === 'passed' || verdict === 'failed';
    if (isJudged && !this.#succeeded.has(String(data['of']))) this.#say(`${key} ${verdict} without a result`, seq);
    if (!isJudged && typeof data['reason'] !== 'string') this.#say(`${key} is ${verdict} for no reason`, seq);
    this.#over.add(key);
    this.#inThisLife.add(key);
  }

  #say(what: string, seq: number | undefined): void {
    this.#wrong.push(`${this.#run}: ${what} (event ${seq})`);
  }
}

function wantedOf({ steps }: Definition, { id: group, steps: members, crossValidation }: Definition['groups'][number]) {
  if (crossValidation?.enabled !== true) return [];
  const made = steps.filter(({ id }) => members.includes(id));
  return crossValidation.agents.flatMap((validator) =>
    made.filter(({ agent }) => agent !== validator).map(({ id }) => `${group}/${validator}/${id}`),
  );
}
