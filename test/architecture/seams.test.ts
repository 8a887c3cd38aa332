import { describe, expect, it } from 'vitest';
import { ambientUses } from './rules/ambient.ts';
import { brokenSeals, steppingSeams } from './rules/seams.ts';
import { loadTree, treeOf } from './tree.ts';

const tree = loadTree();

describe('the repository', () => {
  it('knows the broker, the codec, the log writer and XState each in their own room', () => {
    expect(brokenSeals(tree)).toEqual([]);
  });

  it('steps XState machines in one file of the kernel', () => {
    expect(steppingSeams(tree)).toEqual([]);
  });

  it('takes time, chance, timers and console from the air in adapters only', () => {
    expect(ambientUses(tree)).toEqual([]);
  });
});

describe('the seals', () => {
  const refused = (path: string, text: string) => brokenSeals(treeOf({ [path]: text })).length;

  it('keep nats, msgpackr and lz4-napi in the bus', () => {
    for (const name of ['nats', '@nats-io/jetstream', 'msgpackr', 'lz4-napi']) {
      expect(refused('packages/kernel/src/a.ts', `import { x } from '${name}';`), name).toBe(1);
      expect(refused('packages/testkit/src/a.ts', `import type { X } from '${name}';`), name).toBe(1);
      expect(refused('packages/bus/src/nats/a.ts', `import { x } from '${name}';`), name).toBe(0);
    }
  });

  it('let the baseline of the bench use nats, and the rest of the bench not', () => {
    expect(refused('apps/bench/src/bare/a.ts', "import 'nats';")).toBe(0);
    expect(refused('apps/bench/src/bare/a.ts', "import 'msgpackr';")).toBe(1);
    expect(refused('apps/bench/src/a.ts', "import 'nats';")).toBe(1);
  });

  it('keep pino in telemetry and XState away from rooms without machines', () => {
    expect(refused('packages/bus/src/a.ts', "import pino from 'pino';")).toBe(1);
    expect(refused('packages/telemetry/src/a.ts', "import pino from 'pino';")).toBe(0);
    expect(refused('packages/planner/src/a.ts', "import { setup } from 'xstate';")).toBe(1);
    expect(refused('packages/barrier/src/a.ts', "import { setup } from 'xstate';")).toBe(0);
  });
});

describe('the seam to XState', () => {
  const step = "import { getNextSnapshot } from 'xstate';";

  it('lets machines be written anywhere a room has one', () => {
    const text = "import { assign, setup, type AnyActorScope } from 'xstate'; import type { Actor } from 'xstate';";
    expect(steppingSeams(treeOf({ 'packages/barrier/src/machine.ts': text }))).toEqual([]);
  });

  it('refuses stepping outside the kernel, by import or by method', () => {
    expect(steppingSeams(treeOf({ 'packages/barrier/src/a.ts': step }))).toHaveLength(1);
    const method = "import type { M } from 'xstate'; export const f = (m: M) => m.transition(a, b, c);";
    expect(steppingSeams(treeOf({ 'packages/barrier/src/a.ts': method }))).toHaveLength(1);
    const all = "import * as xstate from 'xstate';";
    expect(steppingSeams(treeOf({ 'packages/barrier/src/a.ts': all }))).toHaveLength(1);
  });

  it('refuses a second file of the kernel', () => {
    const one = { 'packages/kernel/src/stepper.ts': step };
    expect(steppingSeams(treeOf(one))).toEqual([]);
    expect(steppingSeams(treeOf({ ...one, 'packages/kernel/src/stepper.test.ts': step }))).toEqual([]);
    expect(steppingSeams(treeOf({ ...one, 'packages/kernel/src/zweiter.ts': step }))).toHaveLength(1);
  });
});

describe('the rule of inputs', () => {
  const uses = (text: string, path = 'packages/kernel/src/a.ts') => ambientUses(treeOf({ [path]: text })).length;

  it.each([
    'const t = Date.now();',
    'const t = new Date();',
    'const t = new Date;',
    'const now = Date.now;',
    'const { now } = Date;',
    'const x = Math.random();',
    'setTimeout(f, 1);',
    'globalThis.setTimeout(f, 1);',
    'const sleep = setInterval;',
    'run({ setTimeout });',
    "console.log('x');",
    'const t = performance.now();',
    'const t = process.hrtime.bigint();',
    'const id = crypto.randomUUID();',
    "import { randomUUID } from 'node:crypto';",
    "import { setTimeout as sleep } from 'node:timers/promises';",
    "import { performance } from 'node:perf_hooks';",
    'const s = AbortSignal.timeout(5);',
  ])('refuses %s', (text) => {
    expect(uses(text)).toBeGreaterThan(0);
  });

  it.each([
    'const t = new Date(clock.now());',
    "const t = Date.parse('2020-01-01');",
    'clock.setTimeout(f, 1);',
    'const timers = { setTimeout: (f: () => void) => f() };',
    'interface Timers { setTimeout(f: () => void): void }',
    'let t: ReturnType<typeof setTimeout>;',
    'let d: Date;',
    'const is = x instanceof Date;',
    "import { createHash } from 'node:crypto';",
    "const text = 'Date.now() and console.log';",
    '// setTimeout would be wrong here\nexport {};',
  ])('lets %s pass', (text) => {
    expect(uses(text)).toBe(0);
  });

  it('lets adapters and tests take them, each by a listed name', () => {
    const text = 'export const now = () => Date.now();';
    expect(uses(text, 'packages/kernel/src/adapters/clock.ts')).toBe(0);
    expect(uses(text, 'packages/agent/src/process.adapter.ts')).toBe(0);
    expect(uses(text, 'packages/kernel/src/a.test.ts')).toBe(0);
    expect(uses(text, 'packages/bus/src/memory/bus.ts')).toBe(1);
  });
});
