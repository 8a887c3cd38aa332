import { describe, expect, it } from 'vitest';
import { Contact } from './contact.ts';

/** A process whose broker answers when the test says so. */
function world() {
  let now = 0;
  const asked: { answer(): void; fail(): void }[] = [];
  const flush = (): Promise<void> =>
    new Promise((resolve, reject) => {
      asked.push({ answer: resolve, fail: () => reject(new Error('cut off')) });
    });
  const contact = new Contact({ bus: { flush }, clock: { monotonic: () => now } } as never);
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  /** A second goes by, and a beat goes out. */
  const beat = async (seq: number, answers = true): Promise<void> => {
    now += 1_000;
    contact.beat(seq);
    if (answers) asked.at(-1)?.answer();
    await settle();
  };
  const pass = (ms: number): void => {
    now += ms;
  };
  return { contact, asked, beat, pass, settle };
}

const all = () => true;

describe('a process', () => {
  it('is in touch while its broker answers, and is not when it stood still or was cut off', async () => {
    const { contact, asked, beat, pass, settle } = world();
    for (let seq = 1; seq < 5; seq++) await beat(seq);
    expect(contact.isInTouch).toBe(true);
    pass(1_900);
    expect(contact.isInTouch).toBe(false);
    await beat(5, false);
    expect(contact.isInTouch).toBe(false);
    // What the broker had for it came before this answer.
    asked.at(-1)?.answer();
    await settle();
    expect(contact.isInTouch).toBe(true);
    await beat(6, false);
    asked.at(-1)?.fail();
    await beat(7, false);
    expect(contact.isInTouch).toBe(false);
  });
});

describe('an attempt', () => {
  it('is alone once nobody has said for so long that it was heard of, and is told so once', async () => {
    const { contact, beat } = world();
    contact.begin('i/k', 3_000);
    await beat(1);
    contact.heard(1, all);
    await beat(2);
    await beat(3);
    expect(contact.alone()).toEqual([]);
    await beat(4);
    expect(contact.alone()).toEqual(['i/k']);
    expect(contact.alone()).toEqual([]);
  });

  it('was heard when its beat was sent, not when the answer came: that may be late', async () => {
    const { contact, beat } = world();
    contact.begin('i/k', 3_000);
    await beat(1);
    for (const seq of [2, 3, 4]) await beat(seq);
    contact.heard(1, all);
    expect(contact.alone()).toEqual(['i/k']);
  });

  it('is not kept by what is said of others, nor by a beat that was never sent', async () => {
    const { contact, beat } = world();
    contact.begin('i/k', 3_000);
    for (const seq of [1, 2, 3]) await beat(seq);
    contact.heard(3, (key) => key !== 'i/k');
    contact.heard(99, all);
    expect(contact.alone()).toEqual(['i/k']);
  });

  it("that has ended is nobody's business", async () => {
    const { contact, beat } = world();
    contact.begin('i/k', 3_000);
    contact.end('i/k');
    for (const seq of [1, 2, 3, 4]) await beat(seq);
    expect(contact.alone()).toEqual([]);
  });
});
