/** Keys that people write for another one that is not spelt alike: as other tools, or `--what-if`, call it. */
const MEANT: Readonly<Record<string, readonly string[]>> = {
  retries: ['retry'],
  attempts: ['retry', 'max_attempts'],
  agents: ['concurrent_agent_limit'],
  concurrency: ['concurrent_agent_limit'],
  cpu: ['total_cpu_units', 'resource_requirements'],
  memory: ['total_memory_units', 'resource_requirements'],
  needs: ['depends_on'],
  after: ['depends_on'],
  duration: ['estimated_duration'],
  estimate: ['estimated_duration'],
};

/** The key that was meant, if it is one of those known here. */
export function meantKey(key: string, known: readonly string[]): string | undefined {
  const meant = Object.hasOwn(MEANT, key) ? MEANT[key]?.find((name) => known.includes(name)) : undefined;
  return meant === undefined ? undefined : `did you mean "${meant}"?`;
}
