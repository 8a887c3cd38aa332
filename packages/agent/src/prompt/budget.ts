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
  /** It asked for the time or for chance: the same values may make another text. */
  isVolatile = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The library counts what a width adds, which may be less than nothing. */
  use(count: number): void {
    this.#used += Math.max(0, Number(count) || 0);
    if (this.#used > this.#limit)
      throw new RenderLimit('its lists and texts are too large taken together', this.#limit);
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
    const text = textOf(value);
    this.#budget.use(text.length);
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
