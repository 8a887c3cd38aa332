import type { WorkflowJson } from '@tutti/contracts';
import { createMemoryMeter } from '@tutti/telemetry';
import { describe, expect, it } from 'vitest';
import type { AttemptOrder } from '../execute.ts';
import { Abort } from '../host/abort.ts';
import { type AgentOptionsInput, agentOptions } from '../options.ts';
import { Prompts } from './prompts.ts';

const NOON = Date.UTC(2024, 1, 29, 12);

type Input = Readonly<Record<string, WorkflowJson>>;
type Template = NonNullable<AttemptOrder['template']>;

/** A process whose time passes by `msATurn` each time that a render lets the others have their turn. */
function world(options: AgentOptionsInput = {}, msATurn = 0) {
  let ms = 0;
  const turn = (callback: () => void): void => {
    ms += msATurn;
    callback();
  };
  const clock = {
    now: () => NOON + ms,
    monotonic: () => ms,
    after: (_: number, callback: () => void) => {
      setImmediate(turn, callback);
      return { cancel: () => undefined };
    },
    soon: () => undefined,
  };
  const draws = { count: 0 };
  const next = (): number => {
    draws.count += 1;
    return 0;
  };
  const meter = createMemoryMeter();
  const prompts = new Prompts({ clock, random: { next }, meter }, agentOptions.parse(options));
  const pass = (by: number): void => {
    ms += by;
  };
  const order = (prompt: string, input: Input, template: Template): AttemptOrder => ({
    ...{ run: 'r', step: 'pm', attempt: 1, epoch: 1, shard: 0, role: 'pm', idempotencyKey: 'k', timeoutMs: 1000 },
    ...{ base: 1, reads: [], resultPath: '/pm', input: { ...input, prompt }, template },
  });
  const fill = async (prompt: string, input: Input = {}, template: Template = {}, abort = new Abort()) => {
    const filled = await prompts.fill(order(prompt, input, template), abort);
    return (filled.order.input as Input)['prompt'];
  };
  const failure = async (prompt: string, input: Input = {}, template: Template = {}) =>
    fill(prompt, input, template).then(
      (text) => ({ message: `rendered ${String(text).slice(0, 100)}` }),
      (error: unknown) => error as { code: string; message: string; retryable: boolean; details: object },
    );
  return { prompts, fill, failure, pass, draws, meter };
}

const LOOPS =
  '{% for a in (1..1000) %}{% for b in (1..1000) %}{% for c in (1..1000) %}{% endfor %}{% endfor %}{% endfor %}';

describe('a prompt', () => {
  it.each<[string, string, Input, Template, string]>([
    ['an input', 'Hello {{ who }}!', { who: 'Ada' }, {}, 'Hello Ada!'],
    [
      'a result',
      '{% for s in pm.stories %}- {{ s.title }}\n{% endfor %}',
      { pm: { stories: [{ title: 'a' }] } },
      {},
      '- a\n',
    ],
    ['an input of the run by its root', '{{ inputs.idea }}', { idea: 'x' }, {}, 'x'],
    [
      'a step by its id, where its agent has another name',
      '{{ first.a }}',
      { writer: { a: 1 }, first: 2 },
      { names: { first: 'writer' } },
      '1',
    ],
    ['what is called prompt like itself', '{{ prompt }} {{ inputs.prompt }}', {}, { hides: 'mine' }, 'mine mine'],
    ['nothing of itself', '[{{ prompt }}]', {}, {}, '[]'],
    ['what nobody gives, as an empty text', '[{{ who }}{{ a.b.c }}]', {}, {}, '[]'],
    ['what nobody gives, with a default', '{{ who | default: "you" }}', {}, {}, 'you'],
    ['a filter that nobody knows, as if it were not there', '{{ who | shout }}', { who: 'Ada' }, {}, 'Ada'],
    ['an object, as JSON', '{{ brief }}', { brief: { a: [1] } }, {}, '{"a":[1]}'],
    ['a list of texts, and one of objects', '{{ l }} {{ o }}', { l: ['a', 'b'], o: [{ a: 1 }] }, {}, 'ab [{"a":1}]'],
    [
      'values that look like templates, as they are',
      '{{ who }}',
      { who: '{{ secret }}', secret: 's' },
      {},
      '{{ secret }}',
    ],
    [
      'dates, in UTC and English',
      '{{ d | date: "%-d %B %H:%M" }}',
      { d: '2024-05-01T02:00:00+02:00' },
      {},
      '1 May 00:00',
    ],
  ])('takes in %s', async (_, prompt, input, template, text) => {
    expect(await world().fill(prompt, input, template)).toBe(text);
  });

  it('has the same dates on a machine of another zone', async () => {
    const zone = process.env['TZ'];
    process.env['TZ'] = 'America/New_York';
    try {
      expect(new Date(0).getTimezoneOffset()).toBe(300);
      const said = [
        '2024-05-01',
        '2024-05-01T10:00',
        '2024-05-01 10:00:00',
        'May 1, 2024',
        '2024-05-01T10:00:00-07:00',
      ];
      const prompt = '{% for d in said %}{{ d | date: "%d %H" }} {% endfor %}{{ 0 | date: "%d %H" }}';
      expect(await world().fill(prompt, { said })).toBe('01 00 01 10 01 10 01 00 01 17 01 00');
      expect(await world().fill('{{ "1 May 2024 10:00 PST" | date: "%H" }} {{ "no date" | date }}')).toBe('18 no date');
    } finally {
      if (zone === undefined) delete process.env['TZ'];
      else process.env['TZ'] = zone;
    }
  });

  it('keeps its template and leaves the order as it was', async () => {
    const { prompts } = world();
    const input = { n: 1, prompt: '{% increment n %}{{ n }}' };
    const order = { step: 's', input, template: {} } as unknown as AttemptOrder;
    expect(await prompts.fill(order, new Abort())).toMatchObject({
      order: { input: { n: 1, prompt: '12' } },
      template: '{% increment n %}{{ n }}',
    });
    expect(input).toEqual({ n: 1, prompt: '{% increment n %}{{ n }}' });
  });

  it('asks the given clock for the time and the given chance for a sample, and is not kept then', async () => {
    const { fill, pass, draws } = world();
    expect(await fill('{{ "now" | date: "%Y-%m-%d %H:%M" }}')).toBe('2024-02-29 12:00');
    pass(60_000);
    expect(await fill('{{ "now" | date: "%Y-%m-%d %H:%M" }}')).toBe('2024-02-29 12:01');
    expect(await fill('{{ l | sample }}', { l: ['a', 'b', 'c'] })).toBe('b');
    expect(await fill('{{ l | sample }}', { l: ['a', 'b', 'c'] })).toBe('b');
    expect(draws.count).toBe(4);
  });
});

describe('a prompt that cannot be filled in', () => {
  it.each<[string, string, string, string, Template]>([
    [
      'of its own text',
      'a\n {% if x %}',
      'at line 2, column 2 of its text: tag {% if x %} not closed; correct',
      'render_failed',
      {},
    ],
    [
      'of its file',
      'a\n {% nope %}',
      'at prompts/pm.liquid:2:2: tag "nope" not found',
      'render_failed',
      { file: 'prompts/pm.liquid' },
    ],
    [
      'of a partial',
      "\n{% render 'x' %}",
      'at line 2, column 1 of its text: a prompt is one text',
      'render_failed',
      {},
    ],
    ['of a file by its path', "{% include '/etc/hostname' %}", 'a prompt is one text', 'render_failed', {}],
    ['of a layout', "{% layout '../../package.json' %}", 'a prompt is one text', 'render_failed', {}],
  ])('says the place %s', async (_, prompt, said, code, template) => {
    const error = await world().failure(prompt, {}, template);
    expect(error.message).toContain('The prompt of "pm" cannot be filled in');
    expect(error.message).toContain(said);
    expect(error).toMatchObject({ code, retryable: false, details: { step: 'pm' } });
  });

  it.each([
    ['a loop without end', LOOPS, 'it takes too many steps; the limit is 50000'],
    ['a range that no memory holds', 'a\n{% for i in (1..99999999999) %}{% endfor %}', 'too large taken together'],
    [
      'a text that is doubled',
      `{% capture a %}xx{% endcapture %}${'{% capture a %}{{ a }}{{ a }}{% endcapture %}'.repeat(40)}`,
      'too many characters',
    ],
    [
      'a text that is doubled and never written',
      `{% assign a = "xx" %}${'{% assign a = a | append: a %}'.repeat(60)}`,
      'too large taken together',
    ],
    [
      'a text that is multiplied',
      '{% assign b = t | replace: "", t %}{% assign b = b | replace: "", t %}',
      'too large taken together',
    ],
    [
      'a list that is doubled',
      `{% assign a = "x" | split: "," %}${'{% assign a = a | concat: a %}'.repeat(60)}`,
      'too large taken together',
    ],
    [
      'a long text',
      '{% for i in (1..10000) %}{{ t }}{% endfor %}',
      'it makes too many characters; the limit is 100000',
    ],
    ['a width', '{{ 1 | date: "%999999999d" }}', 'too large taken together'],
  ])('by %s ends at a limit, and is not tried again', async (_, prompt, said) => {
    const { failure } = world({ renderSteps: 50_000, renderedChars: 100_000 });
    expect(await failure(prompt, { t: 'x'.repeat(1_000) })).toMatchObject({
      ...{ code: 'render_failed', retryable: false, message: expect.stringContaining(said) as string },
    });
  });

  it('by deep nesting is refused or rendered, and breaks nothing', async () => {
    const deep = '{% if true %}'.repeat(15_000) + '{% endif %}'.repeat(15_000);
    const found = await world().failure(deep);
    expect('code' in found ? found.code : found.message).toMatch(/render_failed|rendered/);
  });

  it('reaches no prototype, and leaves those of others as they are', async () => {
    const hostile = JSON.parse('{"x":{"__proto__":{"polluted":1},"a":1}}') as Input;
    const reads =
      '{{ __proto__ }}{{ constructor }}{{ toString }}{{ x.constructor.name }}{{ x.__proto__.toString }}{{ x.a }}';
    const writes =
      '{% assign __proto__ = x %}{% capture constructor %}y{% endcapture %}{% increment __proto__ %}{{ polluted }}';
    expect(await world().fill(reads, { x: { a: 1 } })).toBe('1');
    expect(await world().fill(writes, hostile)).toBe('0');
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(Object.prototype.constructor).toBe(Object);
  });
});

describe('the time of a render', () => {
  it('is limited by the clock of the process, with the place where it was', async () => {
    const { failure } = world({ renderTimeoutMs: 100 }, 40);
    const error = await failure(`a\n${LOOPS}`);
    expect(error).toMatchObject({ code: 'render_timeout', retryable: true, details: { line: 2, limit: 100 } });
    expect(error.message).toContain('raise `render_timeout`');
  });

  it('is limited by what the workflow says', async () => {
    const { failure } = world({}, 40);
    expect(await failure(LOOPS, {}, { timeoutMs: 200 })).toMatchObject({
      code: 'render_timeout',
      details: { limit: 200 },
    });
  });

  it('ends with its attempt', async () => {
    const { fill } = world();
    const abort = new Abort();
    const filled = fill(LOOPS, {}, {}, abort);
    setImmediate(() => abort.abort(new Error('cancelled')));
    await expect(filled).rejects.toThrow('cancelled');
  });
});

/** Renders that take some turns and differ by their values. */
const SLOW = '{% for a in (1..3000) %}{% endfor %}{{ n }}';

describe('renders at once', () => {
  it.each<[string, AgentOptionsInput, Template, number]>([
    ['three, when nobody says otherwise', {}, {}, 3],
    ['as many as the process may', { concurrentRenders: 1 }, {}, 1],
    ['fewer, where the workflow says so', {}, { concurrent: 2 }, 2],
    ['no more than the process may, whatever the workflow says', {}, { concurrent: 9 }, 3],
  ])('are %s', async (_, options, template, most) => {
    const { prompts, fill } = world(options);
    const seen: number[] = [];
    const watch = (): void => {
      seen.push(prompts.underWay);
      if (prompts.underWay > 0) setImmediate(watch);
    };
    const texts = Promise.all(Array.from({ length: 8 }, (_, n) => fill(SLOW, { n }, template)));
    await Promise.resolve();
    watch();
    expect(await texts).toEqual(['0', '1', '2', '3', '4', '5', '6', '7']);
    expect(Math.max(...seen)).toBe(most);
    expect(prompts.underWay).toBe(0);
  });

  it('are left by whoever is stopped while it waits, and its place goes to the next', async () => {
    const { fill } = world({ concurrentRenders: 1 });
    const abort = new Abort();
    const first = fill(SLOW, { n: 1 });
    const stopped = fill(SLOW, { n: 2 }, {}, abort);
    const next = fill(SLOW, { n: 3 });
    abort.abort(new Error('cancelled'));
    await expect(stopped).rejects.toThrow('cancelled');
    expect(await Promise.all([first, next])).toEqual(['1', '3']);
  });
});

describe('a text that was rendered', () => {
  const hits = (meter: ReturnType<typeof createMemoryMeter>) => meter.value('cache.hits', { cache: 'template_render' });

  it('is given again for the same template and the same values, for an hour', async () => {
    const { fill, pass, meter } = world();
    await fill('{{ a }}', { a: 1, b: 1 });
    await fill('{{ a }}', { a: 1, b: 1 });
    expect(hits(meter)).toBe(1);
    await fill('{{ a }}', { a: 2, b: 1 });
    await fill('{{ a }} ', { a: 1, b: 1 });
    await fill('{{ a }}', { a: 1, b: 1 }, { names: { c: 'a' } });
    await fill('{{ a }}', { a: 1, b: 1 }, { hides: 1 });
    expect(hits(meter)).toBe(1);
    pass(3_600_001);
    await fill('{{ a }}', { a: 1, b: 1 });
    expect(hits(meter)).toBe(1);
  });

  it('is told from one of the same values in another order, which an object shows', async () => {
    const { fill } = world();
    expect(await fill('{{ o }}', { o: { a: 1, b: 2 } })).toBe('{"a":1,"b":2}');
    expect(await fill('{{ o }}', { o: { b: 2, a: 1 } })).toBe('{"b":2,"a":1}');
  });

  it('is told from others also where the template computes the name that it reads', async () => {
    const { fill } = world();
    expect(await fill('{{ [k] }}', { k: 'a', a: 1 })).toBe('1');
    expect(await fill('{{ [k] }}', { k: 'a', a: 2 })).toBe('2');
  });

  it('is kept as long as the workflow says', async () => {
    const { fill, pass, meter } = world();
    await fill('{{ a }}', { a: 1 }, { keepMs: 1_000 });
    pass(1_001);
    await fill('{{ a }}', { a: 1 }, { keepMs: 1_000 });
    expect(hits(meter)).toBe(0);
  });
});
