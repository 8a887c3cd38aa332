/** Promise 5: no slot leaks. A lease period after the last run has ended, the pool is empty. */
import type { Checker } from './evidence.ts';

export const nothingLeaks: Checker = ({ pool, converged }) => {
  if (!converged) return [];
  if (pool === undefined) return ['nobody answers for the pool'];
  const { used, leases } = pool;
  const names = leases.map(({ lease }) => lease).join(' ');
  if (used.cpu + used.memory + used.agents === 0 && leases.length === 0) return [];
  return [`the pool still has ${used.cpu} CPU, ${used.memory} memory, ${used.agents} agents in use: ${names}`];
};
