/**
 * Where dead letters lie: in logs of the broker, one each, so that they outlive the process that put them aside. A storm of
 * messages is bounded twice, by the minute here and by number in the cluster; what is beyond is logged only. Runs are not: that
 * one lies aside must be known before anybody loads it again.
 */
import { createHash } from 'node:crypto';
import { createOverflow, type Overflow } from '@tutti/bus';
import { type LetterRow, MAX_LETTERS, type MessageOf, TuttiError } from '@tutti/contracts';
import { inParallel, type KernelPorts, type Undelivered } from '@tutti/kernel';
import { LETTER_KEYS, type Letter, messageKey, packLetter, runKey, unpackLetter } from './letter.ts';

/** Most letters that one process puts aside within a minute. */
export const MAX_LETTERS_A_MINUTE = 60;
const MINUTE_MS = 60_000;
/** Pause before the letter of a run is stored again, ms. */
const STORE_AGAIN_MS = 1_000;
/** Characters of a message's letter's name: a hash of where it was going and what it is. */
const ID_LENGTH = 24;
/** Letters read at a time for a list. */
const READ_AT_ONCE = 16;

type Ports = Pick<KernelPorts, 'bus' | 'clock' | 'ids' | 'log'>;

export class Letters {
  readonly #ports: Ports;
  readonly #node: string;
  readonly #overflow: Overflow;
  #minuteAtMs = Number.NEGATIVE_INFINITY;
  #inMinute = 0;
  /** Runs that lie aside and whose letter is on its way. */
  readonly #unstored = new Map<string, LetterRow['reason']>();

  constructor(ports: Ports, node: string) {
    this.#ports = ports;
    this.#node = node;
    this.#overflow = createOverflow(ports.bus);
  }

  /** Keeps a message that no machine can take, once however often it comes. What cannot be kept is logged. */
  message({ subject, data, contentType, from, error }: Undelivered): void {
    const id = createHash('sha256').update(subject).update(data).digest('hex').slice(0, ID_LENGTH);
    const row = { ...this.#rowOf(id, error), kind: 'message' as const, subject, bytes: data.length };
    const about = { subject, code: error.code };
    if (!this.#isWithinMinute()) return this.#failed(about, `(MAX_LETTERS_A_MINUTE: ${MAX_LETTERS_A_MINUTE})`);
    const put = async (): Promise<void> => {
      await this.#assertRoom();
      const body = await this.#overflow.outgoing({ data, contentType });
      await this.#put(messageKey(id), { row: from === undefined ? row : { ...row, from }, body });
    };
    put().then(
      () => this.#ports.log.error(about, 'a message that no machine can take lies aside: see tutti dlq ls'),
      (err: unknown) => this.#failed(about, err),
    );
  }

  /** Keeps aside a run that cannot be loaded, or that is not to be: here at once, and for all as soon as it is stored. */
  run(run: string, error: TuttiError): void {
    if (this.#unstored.has(run)) return;
    const row = { ...this.#rowOf(run, error), kind: 'run' as const, run, bytes: 0 };
    this.#unstored.set(run, row.reason);
    this.#ports.log.error({ run, code: error.code }, 'a run lies aside: see tutti dlq ls');
    this.#store(run, row);
  }

  #store(run: string, row: LetterRow): void {
    const again = (err: unknown): void => {
      this.#failed({ run, code: row.reason.code }, err);
      if (this.#unstored.has(run)) this.#ports.clock.after(STORE_AGAIN_MS, () => this.#store(run, row), true);
    };
    this.#put(runKey(run), { row }).then(() => void this.#unstored.delete(run), again);
  }

  /** The run is to be taken up again. */
  release(run: string): Promise<void> {
    this.#unstored.delete(run);
    return this.#ports.bus.logs.purge(runKey(run));
  }

  /** Why a run lies aside; undefined when it does not. */
  async reasonOf(run: string): Promise<LetterRow['reason'] | undefined> {
    return this.#unstored.get(run) ?? (await this.#read(runKey(run)))?.row.reason;
  }

  async list(limit: number): Promise<MessageOf<'letter.listed'>> {
    const letters: LetterRow[] = [];
    await inParallel(READ_AT_ONCE, await this.#keys(), async (key) => {
      const letter = await this.#read(key);
      if (letter !== undefined) letters.push(letter.row);
    });
    letters.sort((a, b) => b.atMs - a.atMs || (a.id < b.id ? -1 : 1));
    return { type: 'letter.listed', letters: letters.slice(0, limit), more: letters.length > limit };
  }

  /** Rejects `unknown_letter`. */
  async get(id: string): Promise<Letter> {
    const letter = (await this.#read(runKey(id))) ?? (await this.#read(messageKey(id)));
    if (letter !== undefined) return letter;
    throw new TuttiError('unknown_letter', `No dead letter is called ${id}`);
  }

  /** The body of a letter as it was, its blob fetched. */
  whole(body: NonNullable<Letter['body']>): Promise<NonNullable<Letter['body']>> {
    return Promise.resolve(this.#overflow.incoming(body));
  }

  /** Puts a letter back that was taken. */
  keep(letter: Letter): Promise<void> {
    const { id, kind } = letter.row;
    return this.#put(kind === 'run' ? runKey(id) : messageKey(id), letter);
  }

  async drop({ row }: Letter): Promise<void> {
    if (row.kind === 'run') await this.release(row.id);
    else await this.#ports.bus.logs.purge(messageKey(row.id));
  }

  #rowOf(id: string, error: TuttiError): Pick<LetterRow, 'id' | 'atMs' | 'node' | 'reason'> {
    return { id, atMs: Math.round(this.#ports.clock.now()), node: this.#node, reason: error.toData() };
  }

  async #keys(): Promise<readonly string[]> {
    return (await Promise.all(LETTER_KEYS.map((filter) => this.#ports.bus.logs.keys(filter)))).flat();
  }

  async #read(key: string): Promise<Letter | undefined> {
    const record = await this.#ports.bus.logs.last(key);
    return record === undefined ? undefined : unpackLetter(key, record.data);
  }

  #failed(about: Readonly<Record<string, unknown>>, err: unknown): void {
    this.#ports.log.error({ ...about, err }, 'a dead letter could not be put aside');
  }

  #isWithinMinute(): boolean {
    const nowMs = this.#ports.clock.monotonic();
    if (nowMs - this.#minuteAtMs >= MINUTE_MS) {
      this.#minuteAtMs = nowMs;
      this.#inMinute = 0;
    }
    this.#inMinute += 1;
    return this.#inMinute <= MAX_LETTERS_A_MINUTE;
  }

  async #assertRoom(): Promise<void> {
    if ((await this.#keys()).length < MAX_LETTERS) return;
    throw new TuttiError('overloaded', `${MAX_LETTERS} dead letters lie aside already (MAX_LETTERS)`);
  }

  async #put(key: string, letter: Letter): Promise<void> {
    try {
      await this.#ports.bus.logs.append(key, packLetter(letter), { expect: 0, id: this.#ports.ids.next() });
    } catch (error) {
      // It lies aside already: who found it first has said why.
      if (TuttiError.from(error).code !== 'fenced') throw error;
    }
  }
}
