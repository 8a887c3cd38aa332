/** What one render may make. LiquidJS charges it for lists, ranges and texts; what is written charges it too. */
import type { Liquid } from './library.ts';

/** Says what of a render is too large, or took too long. */
export class RenderLimit extends Error {
  override readonly name = 'RenderLimit';
  readonly isTime: boolean;
  readonly limit: number;

  constructor(what: string, limit: number, isTime = false) {
    super(`${what}; the limit is ${limit}`);
    this.limit = limit;
    this.isTime = isTime;
  }
}

/** Stands in the place of a `Limiter` of the library: an amount that does not come back. */
export class Budget {
  readonly #limit: number;
  #used = 0;
  #paid = 0;
  /** It asked for the time or for chance: the same values may make another text. */
  isVolatile = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get used(): number {
    return this.#used;
  }

  /** The library counts what a width adds, which may be less than nothing. */
  use(count: number): void {
    const due = Math.max(0, Number(count) || 0);
    const paid = Math.min(due, this.#paid);
    this.#paid -= paid;
    this.#used += due - paid;
    if (this.#used > this.#limit)
      throw new RenderLimit('its lists and texts are too large taken together', this.#limit);
  }

  /** Does work for which so much has been charged: what it charges itself counts once. */
  paid<T>(amount: number, work: () => T): T {
    this.#paid = amount;
    try {
      return work();
    } finally {
      this.#paid = 0;
    }
  }

  check(): void {
    // Time is looked at between the steps of a render, by the clock of its process.
  }
}

/** Collects what is written, of a whole prompt or of a part that it keeps for itself. */
export class BoundedText implements Liquid.Emitter {
  buffer = '';
  readonly #budget: Budget;
  readonly #maxChars: number;

  constructor(budget: Budget, maxChars: number) {
    this.#budget = budget;
    this.#maxChars = maxChars;
  }

  write(value: unknown): void {
    // First: what holds the same list again and again is more text than memory holds.
    const weight = typeof value === 'object' ? weigh(value, this.#budget) : 0;
    const text = textOf(value);
    this.#budget.paid(weight, () => this.#budget.use(text.length));
    if (this.buffer.length + text.length > this.#maxChars) {
      throw new RenderLimit('it makes too many characters', this.#maxChars);
    }
    this.buffer += text;
  }
}

/** Objects, and lists that hold some, are written as JSON: of their own they would say "[object Object]". */
function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'object') return String(value);
  if (!Array.isArray(value)) return JSON.stringify(value);
  const isPlain = value.every((item) => typeof item !== 'object' || item === null);
  return isPlain ? value.map(textOf).join('') : JSON.stringify(value);
}

/** Charges for a value before it is written as JSON. @returns about how many characters that takes, not more. */
export function weigh(value: unknown, budget: Budget): number {
  if (typeof value !== 'object' || value === null) return charge(charsOf(value), budget);
  if (Array.isArray(value)) return weighMembers(value, weigh, budget);
  let sum = charge(2, budget);
  for (const [key, member] of Object.entries(value)) sum += charge(key.length + 3, budget) + weigh(member, budget);
  return sum;
}

/** Charges for a value of which a filter makes a text: lists become what their members are, one after the other. */
export const weighText = (value: unknown, budget: Budget): number =>
  Array.isArray(value) ? weighMembers(value, weighText, budget) : charge(charsOf(value), budget);

function weighMembers(list: readonly unknown[], each: typeof weigh, budget: Budget): number {
  let sum = charge(1, budget);
  for (const member of list) sum += charge(1, budget) + each(member, budget);
  return sum;
}

function charge(count: number, budget: Budget): number {
  budget.use(count);
  return count;
}

const charsOf = (value: unknown): number => (typeof value === 'string' ? value.length : 0);
