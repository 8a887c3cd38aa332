/** LiquidJS as prompts use it: the dialect that the planner reads, no file, no clock and no chance but those it is given. */
import { TEMPLATE_DIALECT, type WorkflowJson } from '@tutti/contracts';
import { BoundedText, type Budget } from './budget.ts';
import { budgetOf, chargedOperators, chargeFilters, type Handler } from './charge.ts';
import { DATE_FILTERS, inUtc, isNow, MS_PER_S } from './dates.ts';
import { type Liquid, liquid } from './library.ts';

export type Template = Liquid.Template[];

export type Scope = Record<string, WorkflowJson>;

/** What a template may ask of its process. */
export interface EnginePorts {
  /** Ms since 1970. */
  now(): number;
  /** Uniform in [0, 1). */
  chance(): number;
}

export class Engine {
  readonly #liquid: Liquid.Liquid;
  readonly #maxChars: number;

  constructor(ports: EnginePorts, maxChars: number) {
    const operators = chargedOperators(liquid().defaultOperators);
    this.#liquid = new (liquid().Liquid)({ ...TEMPLATE_DIALECT, operators });
    this.#maxChars = maxChars;
    boundTexts(this.#liquid, maxChars);
    for (const name of DATE_FILTERS) replaceDate(this.#liquid, name, ports);
    replaceSample(this.#liquid, ports);
    chargeFilters(this.#liquid);
  }

  /** @throws what the library says of a flaw, with its place. */
  parse(text: string): Template {
    return this.#liquid.parse(text);
  }

  /** The steps of a render, for `drive`; its value is the text. The scope is not changed. */
  render(template: Template, scope: Scope, budget: Budget): Iterator<unknown> {
    const limits = { memoryLimit: budget, renderLimit: budget, liquid: this.#liquid } as never;
    // `increment` writes to it, and no name finds a prototype.
    const copy = Object.assign(Object.create(null) as Scope, scope);
    const context = new (liquid().Context)(copy, this.#liquid.options, { sync: true }, limits);
    return this.#liquid.renderer.renderTemplates(template, context, new BoundedText(budget, this.#maxChars));
  }
}

/** What a template keeps for itself (`capture`) is counted like what it writes: doubled forty times it would fill the memory. */
function boundTexts({ renderer }: Liquid.Liquid, maxChars: number): void {
  const render = renderer.renderTemplates.bind(renderer);
  renderer.renderTemplates = (parts, context, emitter) =>
    render(parts, context, emitter ?? new BoundedText(budgetOf(context), maxChars));
}

/** What these take for a time is that of the given clock, or one of UTC. */
function replaceDate(engine: Liquid.Liquid, name: string, ports: EnginePorts): void {
  const original = engine.filters[name] as Handler;
  const replaced: Handler = function (value: unknown, ...args: unknown[]) {
    if (!isNow(value)) return original.call(this, inUtc(value), ...args);
    budgetOf(this.context).isVolatile = true;
    return original.call(this, ports.now() / MS_PER_S, ...args);
  };
  engine.registerFilter(name, replaced);
}

/** `sample` draws from the given chance: the first of a shuffled list, or as many as are asked for. */
function replaceSample(engine: Liquid.Liquid, ports: EnginePorts): void {
  const sample: Handler = function (value: unknown, count: unknown = 1) {
    const list = [...((Array.isArray(value) ? value : String(value ?? '')) as Iterable<unknown>)];
    const budget = budgetOf(this.context);
    budget.use(list.length);
    budget.isVolatile = true;
    for (let at = list.length - 1; at > 0; at--) {
      const other = Math.floor(ports.chance() * (at + 1));
      [list[at], list[other]] = [list[other], list[at]];
    }
    return count === 1 ? list[0] : list.slice(0, Number(count));
  };
  engine.registerFilter('sample', sample);
}
