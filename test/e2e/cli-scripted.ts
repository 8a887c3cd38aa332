/** A folder with scripted agents, and workflow files that use them. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Each agent does what its name says; `with: { ms }` says for how long. */
const AGENTS = `
import { defineAgent } from '@tutti/agent';
import { z } from 'zod';
import { setTimeout as sleep } from 'node:timers/promises';

const ms = (input) => Number(input.ms ?? 10);
export const work = defineAgent({
  name: 'work',
  async run({ input, progress, signal }) {
    progress(0.5, 'half way');
    await sleep(ms(input), undefined, { signal });
    return { done: true };
  },
});
export const throws = defineAgent({ name: 'throws', run() { throw new Error('boom on purpose'); } });
export const hangs = defineAgent({ name: 'hangs', run: () => new Promise(() => undefined) });
export const wrong = defineAgent({ name: 'wrong', output: z.object({ n: z.number() }), run: () => ({ n: 'text' }) });
export const chatty = defineAgent({
  name: 'chatty',
  run() {
    console.log('noise from an agent');
    setInterval(() => undefined, 1_000);
    return { done: true };
  },
});
const writer = (name) => defineAgent({
  name,
  async run({ context }) {
    await sleep(50);
    context.set('/shared/value', name);
    return { done: true };
  },
});
export const left = writer('left');
export const right = writer('right');
`;

export interface Scripted {
  readonly folder: string;
  /** Writes a workflow of these lines and returns its name. */
  workflow(name: string, lines: readonly string[]): string;
}

export function scripted(): Scripted {
  const folder = mkdtempSync(join(tmpdir(), 'tutti-run-'));
  writeFileSync(join(folder, 'agents.ts'), AGENTS);
  return {
    folder,
    workflow(name, lines) {
      const head = lines.some((line) => line.startsWith('agents:')) ? [] : ['agents: ./agents.ts'];
      const file = `${name}.yaml`;
      writeFileSync(join(folder, file), [...head, ...lines, ''].join('\n'));
      return file;
    },
  };
}

/** A step that needs next to nothing of the pool, so that only edges hold it. */
export const step = (id: string, keys: string): string =>
  `  ${id}: { ${keys}, estimated_duration: 1_seconds, resource_requirements: { cpu: 1, memory: 1 } }`;
