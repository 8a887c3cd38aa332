/** Whom a subject leads to, by the rows of the table that a host hears. */
import { type SubjectName, type Subjects, TuttiError } from '@tutti/contracts';
import { BoundedMap } from './bounded-map.ts';
import type { ActorParams } from './kind.ts';

/** Subjects remembered with what they say: of the actors at work, which hear from many. */
const REMEMBERED = 2_048;

export class Addresses {
  readonly #subjects: Subjects;
  readonly #rows: readonly SubjectName[];
  readonly #kind: string;
  readonly #known = new BoundedMap<string, ActorParams>(REMEMBERED);

  constructor(subjects: Subjects, rows: readonly SubjectName[], kind: string) {
    this.#subjects = subjects;
    this.#rows = rows;
    this.#kind = kind;
  }

  /** @throws TuttiError `bad_subject` when no row has it. */
  paramsOf(subject: string): ActorParams {
    const known = this.#known.get(subject);
    if (known !== undefined) return known;
    for (const row of this.#rows) {
      const params = this.#subjects.parse(row, subject) as ActorParams | undefined;
      if (params === undefined) continue;
      this.#known.set(subject, params);
      return params;
    }
    throw new TuttiError('bad_subject', `${subject} leads to no ${this.#kind} actor`);
  }
}
