/** A render that takes long: others have their turn, and no single step of it is without bounds. */
import type { WorkflowJson } from '@tutti/contracts';
import { createMemoryMeter } from '@tutti/telemetry';
import { describe, expect, it } from 'vitest';
import type { AttemptOrder } from '../execute.ts';
import { Abort } from '../host/abort.ts';
import { agentOptions } from '../options.ts';
import { Budget } from './budget.ts';
import { drive } from './drive.ts';
import { RenderPace } from './pace.ts';
import { Prompts } from './prompts.ts';

type Input = Readonly<Record<string, WorkflowJson>>;

/** A process whose time passes by what it works; `turns` are those of the others. */
function world() {
  const told = { ms: 0, turns: 0 };
  const clock = {
    now: () => told.ms,
    monotonic: () => told.ms,
    after: (_: number, callback: () => void) => {
      told.turns += 1;
      setImmediate(callback);
      return { cancel: () => undefined };
    },
    soon: () => undefined,
  };
  return { told, clock };
}

/** Fills in a prompt; each `sample` in it takes 200 ms of work. */
async function fill(
  prompt: string,
  input: Input,
  { timeoutMs = 120_000, abort = new Abort(), units = 1_000_000 } = {},
) {
  const { told, clock } = world();
  const next = (): number => {
    told.ms += 200;
    return 0;
  };
  const ports = { clock, random: { next }, meter: createMemoryMeter() };
  const prompts = new Prompts(ports, agentOptions.parse({ renderUnits: units }));
  const order = { step: 's', input: { ...input, prompt }, template: { timeoutMs } } as unknown as AttemptOrder;
  const { order: filled } = await prompts.fill(order, abort);
  return { text: (filled.input as Input)['prompt'], turns: told.turns };
}

describe('the turns of a render', () => {
  it('come by the clock where its steps take long, and by their number where no time passes', async () => {
    const turnsOf = async (msAStep: number): Promise<number> => {
      const { told, clock } = world();
      function* steps(): Generator<undefined> {
        for (let step = 0; step < 4_000; step++) {
          told.ms += msAStep;
          yield;
        }
      }
      const limits = { maxSteps: 10_000, timeoutMs: 1_000_000 };
      await drive(steps(), new RenderPace(clock, new Budget(1), new Abort(), limits));
      return told.turns;
    };
    expect(await turnsOf(0)).toBe(2);
    expect(await turnsOf(1)).toBe(4_000 / 16);
  });

  it('come at once after a step that cost much', async () => {
    const budget = new Budget(1_000_000);
    const { told, clock } = world();
    const pace = new RenderPace(clock, budget, new Abort(), { maxSteps: 10_000, timeoutMs: 1_000 });
    told.ms = 100;
    expect(pace.isDue(1)).toBe(false);
    budget.use(100_000);
    expect(pace.isDue(1)).toBe(true);
    await pace.breathe(1);
    expect(pace.isDue(1)).toBe(false);
  });

  it('are not the only moments at which its time is up: its last step counts, too', async () => {
    const asked = fill('{{ l | sample }}', { l: ['a', 'b'] }, { timeoutMs: 100 });
    await expect(asked).rejects.toMatchObject({ code: 'render_timeout', details: { limit: 100 } });
    expect((await fill('{{ l | sample }}', { l: ['a', 'b'] }, { timeoutMs: 300 })).text).toBe('b');
  });

  it('are not the only moments at which its attempt may have ended', async () => {
    const abort = new Abort();
    abort.abort(new Error('cancelled'));
    await expect(fill('{{ n }}', { n: 1 }, { abort })).rejects.toThrow('cancelled');
  });
});

const TEXT = 'a'.repeat(300_000);
const NUMBERS = Array.from({ length: 300_000 }, (_, n) => (n * 7_919) % 300_000);
/** A list of lists that is twice as much with each time, though it grows by one. */
const NESTED = `{% assign a = "x" | split: "," %}${'{% assign a = a | push: a %}'.repeat(22)}`;

describe('a single step of a render', () => {
  it.each<[string, string]>([
    ['a text that is replaced by nothing', '{% assign b = t | replace: "a", "" %}'.repeat(4)],
    ['a long text that is looked for', '{{ t | replace: part, "" | size }}'],
    ['a long text that is cut at', '{{ t | split: part | size }}'],
    ['a text that something is looked for in', '{% if t contains "b" %}{% endif %}'.repeat(4)],
    ['a text for an address', '{% assign b = t | url_encode %}'.repeat(4)],
    ['a slug', '{% assign b = t | slugify: "latin" %}'.repeat(4)],
    ['a text for a number', '{% assign b = t | plus: 1 %}'.repeat(4)],
    ['a place told from the end of a text', '{% assign b = t | slice: -3, 2 %}'.repeat(4)],
    ['a sum', '{% assign b = n | sum %}'.repeat(4)],
    ['a sorted list', '{% assign b = n | sort %}'],
    ['a list of lists that is joined', `${NESTED}{% assign b = a | join %}`],
    ['a list of lists that is compared', `${NESTED}{% if a < 1 %}{% endif %}`],
    ['a list of lists that is written', `${NESTED}{{ a }}`],
    [
      'a list of objects that is written',
      '{% assign o = l | concat: l | concat: l | concat: l %}{{ o | json | size }}',
    ],
  ])('is charged before it works: %s', async (_, prompt) => {
    const input = { t: TEXT, part: TEXT.slice(1_000), n: NUMBERS, l: [{ [TEXT]: 1 }] };
    await expect(fill(prompt, input)).rejects.toMatchObject({
      code: 'render_failed',
      message: expect.stringContaining('too large taken together') as string,
    });
  });

  it('is charged once, also where the library charges for it', async () => {
    const { text } = await fill('{% assign b = t | upcase | downcase | strip %}{{ b | size }}', { t: TEXT });
    expect(text).toBe('300000');
  });

  it('gives what it gave', async () => {
    const input = { l: [{ a: 2, b: 'y' }, { a: 1 }], t: 'x y x' };
    const prompt =
      '{{ l | json }}{{ l | map: "a" | sort | join: "," }} {{ l | sum: "a" }} {{ t | replace: "x", "z" | slice: -3, 3 }} ' +
      '{% if t contains "y" and l[0].a > 1 %}yes{% endif %} {{ l | where: "b" | size }} {{ nobody | json }}';
    expect((await fill(prompt, input)).text).toBe('[{"a":2,"b":"y"},{"a":1}]1,2 3 y z yes 1 ');
  });
});
