/**
 * Fills in the prompts of the steps that this process works on: so many at once, each within its limits, and not again what was
 * filled in already from the same template and the same values.
 */
import {
  CACHE_PRESETS,
  type Cache,
  contentHash,
  createCache,
  createPresetCache,
  templateRenderKey,
} from '@tutti/cache';
import type { WorkflowJson } from '@tutti/contracts';
import type { KernelPorts } from '@tutti/kernel';
import type { AttemptOrder, ExecutionPort, Filled } from '../execute.ts';
import type { AgentOptions } from '../options.ts';
import { Budget } from './budget.ts';
import { drive } from './drive.ts';
import { Engine, type Scope, type Template } from './engine.ts';
import { renderError } from './flaw.ts';
import { Gate } from './gate.ts';
import { RenderPace } from './pace.ts';

type Ports = Pick<KernelPorts, 'clock' | 'random' | 'meter'>;
type Abort = ExecutionPort['abort'];

/** Bytes of a parsed template for each character of its text: measured were 19 of a text with some names in it, 140 of names alone. */
const PARSED_BYTES_A_CHAR = 140;

interface Parsed {
  readonly template: Template;
  readonly chars: number;
}

export class Prompts {
  readonly #ports: Ports;
  readonly #options: AgentOptions;
  readonly #gate: Gate;
  readonly #rendered: Cache<string>;
  readonly #parsed: Cache<Parsed>;
  #engine: Engine | undefined;

  constructor(ports: Ports, options: AgentOptions) {
    this.#ports = ports;
    this.#options = options;
    this.#gate = new Gate(options.concurrentRenders);
    const now = (): number => ports.clock.monotonic();
    this.#rendered = createPresetCache('template_render', now);
    this.#parsed = createCache({
      name: 'template_parsed',
      maxBytes: options.parsedBytes,
      ttlMs: CACHE_PRESETS.template_render.ttlMs,
      now,
      sizeOf: ({ chars }) => chars * PARSED_BYTES_A_CHAR,
    });
  }

  /** Renders that are under way now. */
  get underWay(): number {
    return this.#gate.inside;
  }

  /**
   * The order with the text in place of its template.
   * @throws TuttiError `render_failed`, `render_timeout`; the reason of its signal.
   */
  async fill(order: AttemptOrder, abort: Abort): Promise<Filled> {
    const { template } = order;
    const input = order.input as Scope;
    const text = input['prompt'];
    if (template === undefined || typeof text !== 'string') return { order };
    try {
      const prompt = await this.#textOf(text, input, template, abort);
      return { order: { ...order, input: { ...input, prompt } }, template: text };
    } catch (error) {
      throw renderError(order, error);
    }
  }

  async #textOf(text: string, input: Scope, given: Given, abort: Abort): Promise<string> {
    const id = contentHash(text);
    const template = this.#parse(id, text);
    const { names = {}, hides = null, keepMs } = given;
    // All that it could read: which of it a template reads is not always known before.
    const key = templateRenderKey(id, { input, names, hides });
    const kept = this.#rendered.get(key);
    this.#ports.meter.counter(kept === undefined ? 'cache.misses' : 'cache.hits').add(1, { cache: 'template_render' });
    if (kept !== undefined) return kept;
    const render = (): Promise<Rendered> => this.#render(template, scopeOf(input, given), given, abort);
    const { made, costMs, isVolatile } = await this.#gate.through(given.concurrent, () => abort.signal, render);
    if (!isVolatile) this.#rendered.set(key, made, { costMs, ...(keepMs === undefined ? {} : { ttlMs: keepMs }) });
    return made;
  }

  async #render(template: Template, scope: Scope, { timeoutMs }: Given, abort: Abort): Promise<Rendered> {
    const { renderUnits, renderSteps, renderTimeoutMs } = this.#options;
    const budget = new Budget(renderUnits);
    const limits = { maxSteps: renderSteps, timeoutMs: timeoutMs ?? renderTimeoutMs };
    const pace = new RenderPace(this.#ports.clock, budget, abort, limits);
    const made = String(await drive(this.#engineOf().render(template, scope, budget), pace));
    return { made, costMs: pace.spentMs, isVolatile: budget.isVolatile };
  }

  #parse(id: string, text: string): Template {
    const known = this.#parsed.get(id);
    if (known !== undefined) return known.template;
    const template = this.#engineOf().parse(text);
    this.#parsed.set(id, { template, chars: text.length });
    return template;
  }

  #engineOf(): Engine {
    const { clock, random } = this.#ports;
    const ports = { now: () => clock.now(), chance: () => random.next() };
    this.#engine ??= new Engine(ports, this.#options.renderedChars);
    return this.#engine;
  }
}

/** What an order says of its template. */
type Given = NonNullable<AttemptOrder['template']>;

interface Rendered {
  readonly made: string;
  readonly costMs: number;
  readonly isVolatile: boolean;
}

/** The names that a template may use: those of the input, `inputs` for those of the run, and what else the planner found. */
function scopeOf(input: Scope, { names = {}, hides }: Given): Scope {
  const { prompt: _, ...rest } = input;
  const given: Scope = hides === undefined ? rest : { ...rest, prompt: hides };
  const scope: Scope = { inputs: given, ...given };
  for (const [name, root] of Object.entries(names)) {
    if (Object.hasOwn(given, root)) scope[name] = given[root] as WorkflowJson;
    else delete scope[name];
  }
  return scope;
}
