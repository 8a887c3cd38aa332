import type { Path } from '../file/draft.ts';
import { parseArtifact, slug } from './artifacts.ts';
import { ENTRY_KEYS, type SequenceEntry } from './shape.ts';
import type { State } from './state.ts';

/** What of an entry has no exact form here is said, not dropped. */
export function reportEntry(state: State, entry: SequenceEntry, id: string, path: Path): void {
  reportAgent(state, entry, id, path);
  const { findings, locate } = state;
  if (entry.repeats !== undefined && entry.repeats !== false) {
    const message = `"${id}" is to be repeated (${String(entry.repeats)}); it is planned and run once`;
    const suggestion = 'write one step for each, or submit a run for each';
    findings.add('repeated_step', locate([...path, 'repeats']), message, { severity: 'warning', suggestion });
  }
  for (const [key, why] of conditionsOf(entry)) {
    const message = `"${id}" is ${why}; it is planned as if it were done, and its agent is told`;
    findings.add('optional_step', locate([...path, key]), message, { severity: 'note' });
  }
  for (const key of Object.keys(entry).filter((name) => !ENTRY_KEYS.has(name))) {
    const message = `"${key}" of "${id}" has no meaning here; the agent is given it as a constant`;
    findings.add('ignored_block', locate([...path, key]), message, { severity: 'note' });
  }
}

function reportAgent({ findings, locate }: State, { agent }: SequenceEntry, id: string, path: Path): void {
  if (agent === undefined) {
    const message = `"${id}" names no agent; it is a step for an agent of its own name`;
    const suggestion = `offer an agent "${slug(id)}", or let a person do it`;
    findings.add('no_agent', locate(path), message, { severity: 'warning', suggestion });
    return;
  }
  const isOpen = /^(?:various|any|all)$/i.test(agent) || agent !== slug(agent);
  if (!isOpen) return;
  const others = agent.split(/[/,|]| or /).map((name) => name.trim());
  const choice = others.length > 1 ? `one of ${others.join(', ')}` : 'whoever it concerns';
  const message = `"${id}" is done by "${agent}": ${choice}; it is planned for an agent "${slug(agent)}"`;
  const suggestion = 'offer an agent of this name, or name one agent in the file';
  findings.add('open_agent', locate([...path, 'agent']), message, { severity: 'warning', suggestion });
}

function* conditionsOf(entry: SequenceEntry): Generator<readonly [key: string, why: string]> {
  if (entry.condition !== undefined) yield ['condition', `done only if "${entry.condition}"`];
  if (entry.optional === true) yield ['optional', 'optional'];
  for (const key of ['creates', 'updates'] as const) {
    for (const written of entry[key] ?? []) {
      const { remark } = parseArtifact(written);
      if (remark !== undefined) yield [key, `remarked on as "${remark}"`];
    }
  }
  if (entry.optional_steps !== undefined) yield ['optional_steps', `free to do ${entry.optional_steps.join(', ')} too`];
}
