/** Whose pool holds: a cluster has one, and the `pool:` of a workflow file is what the file was planned for. */
import {
  DEFAULT_POOL,
  type PoolSpec,
  poolDifferences,
  poolFor,
  poolNumbers,
  poolSpec,
  TuttiError,
} from '@tutti/contracts';

type PoolValue = number | boolean | undefined;

const WORDS: Readonly<Record<string, 'concurrentAgents' | 'cpuUnits' | 'memoryUnits'>> = {
  agents: 'concurrentAgents',
  cpu: 'cpuUnits',
  memory: 'memoryUnits',
};

const bad = (what: string): TuttiError =>
  new TuttiError(
    'bad_usage',
    `--pool ${what}; write it as agents=5,cpu=200,memory=150, and a named resource as name=units`,
  );

/** The pool of `agents=5,cpu=200`: what is not named stays as it is by default. Throws `bad_usage`. */
export function parsePool(text: string): PoolSpec {
  let pool = DEFAULT_POOL;
  for (const part of text.split(',').map((each) => each.trim())) {
    const [key = '', value = '', ...rest] = part.split('=').map((each) => each.trim());
    if (key === '' || rest.length > 0 || !/^\d+(\.\d+)?$/.test(value)) throw bad(`"${part}" cannot be understood`);
    const word = Object.hasOwn(WORDS, key) ? WORDS[key] : undefined;
    const changed: PoolSpec =
      word === undefined
        ? { ...pool, named: { ...pool.named, [key]: Number(value) } }
        : { ...pool, [word]: Number(value) };
    const parsed = poolSpec.safeParse(changed);
    if (!parsed.success) throw bad(`"${part}": ${parsed.error.issues[0]?.message ?? 'it cannot be'}`);
    pool = parsed.data;
  }
  return pool;
}

/** A pool in the words that set it; what nobody can set on the command line only where it is not the default. */
export function poolText(pool: PoolSpec): string {
  const usual = new Map<string, PoolValue>([
    ['cpu_oversubscription', DEFAULT_POOL.cpuOversubscription],
    ['memory_strict', DEFAULT_POOL.memoryStrict],
  ]);
  const { agents, cpu, memory, ...rest } = poolNumbers(pool);
  const told = Object.entries({ agents, cpu, memory, ...rest }).filter(([what, value]) => usual.get(what) !== value);
  return told.map(([what, value]) => `${what}=${value}`).join(', ');
}

/**
 * What is to be said when a file is submitted to a cluster of another pool; undefined when that changes nothing: the file
 * wants nothing special, and the cluster has no less.
 */
export function poolNote(name: string, file: PoolSpec, cluster: PoolSpec): string | undefined {
  const usual = new Map(Object.entries(poolNumbers(DEFAULT_POOL)));
  const told = poolDifferences(poolFor(file, cluster), file)
    .filter(({ what, one, other }) => other !== undefined && (other !== usual.get(what) || Number(one) < Number(other)))
    .map(({ what, one, other }) => `${what}=${one} (the file: ${other})`);
  if (told.length === 0) return undefined;
  return `tutti: the pool of the cluster holds, not that of ${name}: ${told.join(', ')}; \`tutti up --pool\` sets it`;
}
