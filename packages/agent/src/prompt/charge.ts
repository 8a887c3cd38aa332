/** What a filter or an operator costs is charged before it works: the library charges some for what they make, or not at all. */
import { type Budget, weigh, weighText } from './budget.ts';
import type { Liquid } from './library.ts';

export type Handler = Extract<Liquid.FilterImplOptions, (...args: never[]) => unknown>;

export const budgetOf = (context: Liquid.Context): Budget => context.memoryLimit as unknown as Budget;

/** These take in what they are given as it is, or work on it step by step. */
const TAKE_IN: ReadonlySet<string> = new Set(['concat', 'push', 'unshift', 'default', 'raw', 'sample']);

/** These make no text of the members of a list, but of what they are asked for. */
const LEAVE_MEMBERS: ReadonlySet<string> = new Set([
  ...['size', 'first', 'last', 'reverse', 'map', 'compact', 'pop', 'shift', 'uniq', 'slice', 'where', 'reject'],
  ...['where_exp', 'reject_exp', 'group_by', 'group_by_exp', 'has', 'has_exp', 'find', 'find_exp', 'find_index'],
  ...['find_index_exp', 'sort', 'sort_natural'],
]);

/** What some cost beyond the length of what they are given. */
const BEYOND: Readonly<Record<string, (value: unknown, first: unknown) => number>> = {
  ...{ split: searched, remove: searched, remove_first: searched, remove_last: searched },
  ...{ replace: searched, replace_first: searched, replace_last: searched },
  slice: (value, begin) => (typeof value === 'string' ? walked(value.length, Number(begin)) : 0),
  sort: sorted,
  sort_natural: sorted,
};

/** Charges every filter that the engine has by now. */
export function chargeFilters(engine: Liquid.Liquid): void {
  for (const name of ['json', 'jsonify', 'inspect']) engine.registerFilter(name, json);
  for (const [name, original] of Object.entries(engine.filters)) {
    if (typeof original === 'function' && !TAKE_IN.has(name)) engine.registerFilter(name, charged(name, original));
  }
}

function charged(name: string, original: Handler): Handler {
  return function (value: unknown, ...args: unknown[]) {
    const budget = budgetOf(this.context);
    const texts = LEAVE_MEMBERS.has(name) ? args : [value, ...args];
    const paid = texts.reduce<number>((sum, text) => sum + weighText(text, budget), 0);
    budget.use(BEYOND[name]?.(value, args[0]) ?? 0);
    return budget.paid(paid, () => original.call(this, value, ...args) as unknown);
  };
}

/** The library goes through its own for each member, to count them; the keys of objects it does not count. */
const json: Handler = function (value: unknown, space: unknown = 0) {
  const budget = budgetOf(this.context);
  const paid = weigh(value, budget);
  const text = JSON.stringify(value, null, space as number) as string | undefined;
  budget.paid(paid, () => budget.use(text?.length ?? 0));
  return text;
};

/** Characters of what is looked for whose comparison at every place takes about as long as to copy a text once. */
const COMPARED_CHARS = 64;

function searched(value: unknown, wanted: unknown): number {
  const [text, part] = [value, wanted].map((each) => (typeof each === 'string' ? each.length : MEMBERS_APART));
  return ((text ?? 0) * (part ?? 0)) / COMPARED_CHARS;
}

/** Lists have been weighed; to look for the text of one is rare enough to cost as if it were some words long. */
const MEMBERS_APART = COMPARED_CHARS;

/** Characters are counted from the beginning of a text, all of them if the place is told from its end. */
const walked = (length: number, begin: number): number => (begin < 0 ? length : Math.min(length, begin || 0));

/** Each member is compared, as text or as a number, about so many times. */
function sorted(value: unknown, property: unknown): number {
  if (!Array.isArray(value)) return 0;
  const keyOf = (item: unknown): unknown =>
    typeof property === 'string' ? (item as Readonly<Record<string, unknown>> | null)?.[property] : item;
  const length = (key: unknown): number => (typeof key === 'string' ? key.length : 0);
  const compared = value.reduce<number>((sum, item) => sum + 1 + length(keyOf(item)) / COMPARED_CHARS, 0);
  return compared * Math.log2(value.length + 1);
}

/** Operators that look through texts, or make some of lists to compare them. */
export function chargedOperators(known: Liquid.Operators): Liquid.Operators {
  const { contains } = known;
  const compare = ['<', '<=', '>', '>='] as const;
  return {
    ...known,
    ...Object.fromEntries(compare.map((name) => [name, before(known[name] as Binary, weighLists)])),
    contains: before(contains as Binary, (left, right, budget) => {
      if (typeof left === 'string') budget.use(left.length + searched(left, right));
    }),
  } as Liquid.Operators;
}

type Binary = (left: unknown, right: unknown, context: Liquid.Context) => unknown;

const before =
  (original: Binary, charge: (left: unknown, right: unknown, budget: Budget) => void): Binary =>
  (left, right, context) => {
    charge(left, right, budgetOf(context));
    return original(left, right, context);
  };

function weighLists(left: unknown, right: unknown, budget: Budget): void {
  for (const side of [left, right]) if (Array.isArray(side)) weighText(side, budget);
}
