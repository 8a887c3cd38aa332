import { describe, expect, it } from 'vitest';
import { FAULT_KINDS, type Fault, type Field, planFaults } from './plan.ts';

const MINUTE_MS = 60_000;
const field: Field = {
  nodes: ['node-1', 'node-2', 'node-3'],
  agents: ['maker-1', 'program-1'],
  servers: ['server-1', 'server-2', 'server-3'],
  separable: ['node-3', 'program-1'],
};
const overlap = (a: Fault, b: Fault): boolean =>
  a !== b && a.atMs <= b.atMs + b.lastsMs && b.atMs <= a.atMs + a.lastsMs;
const clashes = (faults: readonly Fault[]): unknown[] => faults.filter((a) => faults.some((b) => overlap(a, b)));

describe('a plan of faults', () => {
  const plans = Array.from({ length: 20 }, (_, seed) => planFaults(seed, MINUTE_MS, field));

  it('is the same for the same seed, and another for another', () => {
    expect(planFaults(7, MINUTE_MS, field)).toEqual(plans[7]);
    expect(plans[8]).not.toEqual(plans[7]);
  });

  it('has every kind of fault sooner or later', () => {
    expect(new Set(plans.flat().map(({ kind }) => kind))).toEqual(new Set(FAULT_KINDS));
  });

  it('heals every fault before the end', () => {
    expect(plans.flat().filter(({ atMs, lastsMs }) => atMs + lastsMs >= MINUTE_MS)).toEqual([]);
  });

  it('hits no process twice at once, and one server at a time', () => {
    for (const plan of plans) {
      expect(clashes(plan.filter(({ kind }) => kind.endsWith('_server')))).toEqual([]);
      for (const name of [...field.nodes, ...field.agents, 'machine'])
        expect(clashes(plan.filter(({ target }) => target === name))).toEqual([]);
    }
  });

  it('cuts off only what lives in a network of its own', () => {
    const cut = plans.flat().filter(({ kind }) => kind.startsWith('cut'));
    expect(new Set(cut.map(({ target }) => target))).toEqual(new Set(field.separable));
    const none = planFaults(1, MINUTE_MS, { ...field, separable: [] });
    expect(none.filter(({ kind }) => kind.startsWith('cut'))).toEqual([]);
  });

  it('never loses the only server for long', () => {
    const alone = Array.from({ length: 20 }, (_, seed) => planFaults(seed, MINUTE_MS, { ...field, servers: ['s'] }));
    expect(alone.flat().filter(({ kind }) => kind === 'lose_server')).toEqual([]);
  });
});
