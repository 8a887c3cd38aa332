import { expect, it } from 'vitest';
import { watchLoad } from './process-load.adapter.ts';

it('a process that works tells a share of a core, and its share of the memory', () => {
  const look = watchLoad();
  expect(look().cpu).toBe(0);
  const from = performance.now();
  let sum = 0;
  while (performance.now() - from < 600) sum += Math.sqrt(sum + 1);
  const { cpu, memory } = look();
  expect(sum).toBeGreaterThan(0);
  // How much it gets is the machine's affair.
  expect(cpu).toBeGreaterThan(0.01);
  expect(memory).toBeGreaterThan(0);
  expect(memory).toBeLessThan(1);
  expect(look()).toMatchObject({ cpu });
});
