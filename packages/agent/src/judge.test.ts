import { MESSAGES } from '@tutti/contracts';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type AgentDefinition, defineAgent, type ValidateArgs } from './define.ts';
import { fatal } from './errors.ts';
import { type AttemptOrder, execute } from './execute.ts';
import { Abort } from './host/abort.ts';

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const order: AttemptOrder = {
  ...{ run: 'r', step: 'validation-1', attempt: 1, epoch: 7, shard: 3, role: 'architect', idempotencyKey: 'k' },
  ...{ timeoutMs: 1_000, input: { topic: 'cats' }, base: 5, reads: [], resultPath: '/ux' },
  validation: { group: 'design', of: 'ux', output: { text: 'short' } },
};
const port = {
  ...{ abort: new Abort(), log: () => silent, progress: () => {}, prepared: () => {} },
  read: async (path: string) => `value of ${path}`,
  fill: async (given: typeof order) => ({ order: given }),
};

const architect = (validate?: unknown, more: object = {}) =>
  defineAgent({
    ...{ name: 'architect', run: () => ({ text: 'did the work' }), ...more },
    ...(validate === undefined ? {} : { validate: validate as (args: ValidateArgs) => never }),
  }) as AgentDefinition;
const judgedBy = (validate?: unknown, more?: object) => execute(architect(validate, more), order, port);

describe('an agent that is to judge', () => {
  it('is given the prompt of the other filled in, as the other was', async () => {
    const fill = async (given: typeof order) => ({ order: { ...given, input: { prompt: 'Hello Ada' } } });
    const validate = ({ input }: ValidateArgs) => ({
      ...{ ok: false, findings: [{ message: String(input['prompt']), severity: 'info' }] },
    });
    const result = await execute(architect(validate), { ...order, template: {} }, { ...port, fill });
    expect(result).toMatchObject({ findings: [{ message: 'Hello Ada' }] });
  });

  it('is given what the other was given and made of it, and may read and not write', async () => {
    let seen: unknown;
    const validate = async ({ of, group, output, input, context, run, step }: ValidateArgs) => {
      seen = { of, group, output, input, run, step, version: context.version, pm: await context.read('/pm') };
      expect(Object.keys(context).sort()).toEqual(['read', 'version']);
      return { ok: true };
    };
    expect(await judgedBy(validate)).toEqual({ status: 'validated', verdict: 'passed', findings: [] });
    expect(seen).toEqual({
      ...{ of: 'ux', group: 'design', output: { text: 'short' }, input: { topic: 'cats' } },
      ...{ run: 'r', step: 'validation-1', version: 5, pm: 'value of /pm' },
    });
  });

  it('does not run, and its own input schema looks at nothing', async () => {
    const run = () => {
      throw new Error('it ran');
    };
    const input = z.object({ mine: z.string() });
    expect(await judgedBy(() => ({ ok: false }), { run, input })).toMatchObject({ verdict: 'failed' });
  });

  it('says that it judges nothing when it has no hook', async () => {
    expect(await judgedBy()).toEqual({
      ...{ status: 'validated', verdict: 'skipped', findings: [] },
      reason: 'the agent "architect" has no `validate`',
    });
  });

  it('may find more than a run keeps: the rest is counted, and long texts are cut', async () => {
    const findings = Array.from({ length: 25 }, () => ({ message: 'x'.repeat(2_000), severity: 'warning' }));
    const result = await judgedBy(() => ({ ok: false, findings }));
    expect(result).toMatchObject({ status: 'validated', verdict: 'failed', omitted: 5 });
    const told = { ...order, instance: 'i', role: 'architect', startedAtMs: 1, endedAtMs: 2, result };
    expect(MESSAGES['attempt.outcome'].body.safeParse(told).success).toBe(true);
  });

  it.each([
    ['nothing', undefined],
    ['a text', 'fine'],
    ['no yes or no', { findings: [] }],
    ['a severity that there is none', { ok: true, findings: [{ message: 'm', severity: 'fatal' }] }],
  ])('has failed when it says %s', async (_, said) => {
    const result = await judgedBy(() => said);
    expect(result).toMatchObject({ status: 'failed', error: { code: 'bad_agent_output' } });
  });

  it('has failed when it throws, for good where it says so', async () => {
    const thrown = (error: Error) =>
      judgedBy(() => {
        throw error;
      });
    expect(await thrown(new Error('no'))).toMatchObject({ status: 'failed', error: { retryable: true } });
    expect(await thrown(fatal('never'))).toMatchObject({ status: 'failed', error: { retryable: false } });
  });
});

it('a hook that is no function is refused when the agent is defined', () => {
  expect(() => architect('yes')).toThrow(/`validate` of the agent "architect" is no function/);
});
