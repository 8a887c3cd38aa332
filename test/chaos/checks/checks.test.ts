/** Each checker finds what it is there to find, and nothing in a history that is as promised. */
import { contextKind } from '@tutti/context';
import { workflow } from '@tutti/planner';
import { describe, expect, it } from 'vitest';
import type { Execution } from '../work/executions.ts';
import type { Facts } from './facts.ts';
import { CHECKS } from './index.ts';

const NEEDS = { resource_requirements: { cpu: 60, memory: 50 } };
const definition = workflow('w', (w) => {
  w.step('a', { agent: 'maker', ...NEEDS });
  w.step('b', { agent: 'maker', ...NEEDS });
  w.step('c', { agent: 'maker', ...NEEDS });
});
const T0 = Date.parse('2026-01-01T00:00:00.000Z');
const at = (ms: number): string => new Date(T0 + ms).toISOString();

const execution = (step: string, from: number, to: number, more: Partial<Execution> = {}): Execution => ({
  ...{ run: 'r', step, attempt: 1, key: `r/${step}`, by: 'maker-1', pid: 1, last: 'end', text: `r/${step}/1@1/1` },
  ...{ from: T0 + from, to: T0 + to },
  ...more,
});

const commit = (step: string, value: string) => ({
  ...{ type: 'context.commit', run: 'r', ownerEpoch: 1, step, author: step, generation: 0, epoch: 1, base: 0 },
  ...{ writes: [{ op: 'set', path: `/${step}/text`, value }], at: 0, from: 'n' },
});
const opened = { type: 'context.open', run: 'r', ownerEpoch: 1, ownership: {}, initial: {}, at: 0, from: 'n' };

/** One run, whose step `a` succeeded as it should. */
function facts(more: Partial<Facts> = {}): Facts {
  const input = contextKind().input({ run: 'r' }, undefined, 1);
  const record = { epoch: 1, kind: 'steps', end: false, input, events: [opened, commit('a', 'r/a/1@1/1')] } as const;
  const events = [
    { v: 1, type: 'context.committed', time: at(90), run: 'r', seq: 1, data: { step: 'a', version: 1, paths: [] } },
    { v: 1, type: 'step.succeeded', time: at(90), run: 'r', seq: 2, data: { step: 'a', attempt: 1 } },
    { v: 1, type: 'run.finished', time: at(95), run: 'r', seq: 3, data: {} },
  ] as Facts['runs'][number]['events'];
  return {
    ...{ observations: [], converged: true, pool: undefined, working: [], faults: [], falls: [] },
    runs: [{ run: 'r', definition, acceptedAt: T0, view: undefined, context: { a: { text: 'r/a/1@1/1' } }, events }],
    journals: [{ key: 'ctx.1.r', records: [record] as never }],
    executions: [execution('a', 10, 80), execution('b', 10, 80)],
    ...more,
  };
}

const found = (name: string, given: Facts): readonly string[] => (CHECKS[name] ?? []).flatMap((check) => check(given));

describe('limits', () => {
  const third = (by: string): Execution[] => [
    execution('a', 10, 9_000, { by }),
    execution('b', 10, 9_000),
    execution('c', 4_000, 9_000),
  ];

  it('are kept by what fits, and by what follows one upon the other', () => {
    expect(found('limitsExceeded', facts())).toEqual([]);
    expect(found('limitsExceeded', facts({ executions: [...facts().executions, execution('c', 80, 90)] }))).toEqual([]);
  });

  it('are exceeded by three of which two fit', () => {
    const lines = found('limitsExceeded', facts({ executions: third('maker-2') }));
    expect(lines).toEqual([expect.stringContaining('180 CPU, 150 memory, 3 agents')]);
  });
});

describe('writes', () => {
  it('are all there when they are', () => {
    expect(found('writesLost', facts())).toEqual([]);
  });

  it('are lost when the journal of the context does not have what was acknowledged', () => {
    expect(found('writesLost', facts({ journals: [] }))[0]).toContain('is not in its context');
  });

  it('are lost when their value is gone', () => {
    const runs = facts().runs.map((run) => ({ ...run, context: {} }));
    expect(found('writesLost', facts({ runs }))).toEqual([expect.stringContaining('/a/text of a/1 is gone')]);
  });

  it('are not lost when their run was told of them as a side of a conflict', () => {
    const runs = facts().runs.map((run) => ({ ...run, context: {} }));
    const [mine, other] = [
      { author: 'a', value: 'r/a/1@1/1' },
      { author: 'b', value: 'else' },
    ];
    const withTold = (conflict: object): Facts => {
      const told = { type: 'context.committed', step: 'a', conflicts: [{ path: '/a/text', ...conflict }] };
      return facts({
        runs,
        journals: [...facts().journals, { key: 'wf.1.r', records: [{ events: [told] }] as never }],
      });
    };
    expect(found('writesLost', withTold({ kept: other, refused: mine }))).toEqual([]);
    expect(found('writesLost', withTold({ kept: mine, refused: other }))).toHaveLength(1);
  });

  it('are wrong when no agent gave them', () => {
    const executions = [execution('a', 10, 80, { text: 'r/a/1@1/2' })];
    expect(found('writesLost', facts({ executions }))).toEqual([expect.stringContaining('what no agent gave')]);
  });
});

describe('outcomes', () => {
  it('are doubled when what has succeeded begins again', () => {
    expect(found('outcomesDoubled', facts())).toEqual([]);
    const executions = [...facts().executions, execution('a', 5_000, 5_100, { by: 'maker-2' })];
    expect(found('outcomesDoubled', facts({ executions }))).toEqual([expect.stringContaining('"a" succeeded at')]);
  });

  it('are lost when a run has not ended', () => {
    expect(found('runsLost', facts())[0]).toContain('has not ended');
  });
});

it('a process that ended by itself is a defect', () => {
  expect(found('defects', facts())).toEqual([]);
  expect(found('defects', facts({ falls: ['node-1 ended by itself: 1'] }))).toHaveLength(1);
});
