/** Keys that people write for another one that is not spelt alike: as other tools, or `--what-if`, call it. With a value where the key alone says too little. */
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
  cmd: ['agent: "cmd: …"'],
  command: ['cmd', 'agent: "cmd: …"'],
  run: ['agent: "cmd: …"'],
};

const keyOf = (meant: string): string => meant.split(':', 1)[0] ?? meant;
const quoted = (meant: string): string => (meant.includes('"') ? `\`${meant}\`` : `"${meant}"`);

/** The key that was meant, if it is one of those known here. */
export function meantKey(key: string, known: readonly string[]): string | undefined {
  const meant = Object.hasOwn(MEANT, key) ? MEANT[key]?.find((name) => known.includes(keyOf(name))) : undefined;
  return meant === undefined ? undefined : `did you mean ${quoted(meant)}?`;
}
