import { DEFAULT_POOL, TuttiError } from '@tutti/contracts';
import { workflow } from '@tutti/planner';
import { describe, expect, it } from 'vitest';
import { notesOf, submitNotes } from './at-submit.ts';

const instance = (role: string) => ({ role, instance: 'i', process: 'p', host: 'h', state: 'idle' });
const node = (agents: number) => ({
  ...{ node: 'n', roles: ['resources'], shards: 1, version: '1', seenMs: 0 },
  pool: { spec: { ...DEFAULT_POOL, concurrentAgents: agents }, holds: true },
});
const definition = workflow('w', (w) => [w.step('a', { agent: 'x' }), w.step('b', { agent: 'x' }), w.step('y')]);

describe('a run that is given to a cluster', () => {
  it('is said to wait for each agent that no live instance offers, and how to offer it', () => {
    const state = { nodes: [node(3)], instances: [instance('y')] };
    const startFor = (more: object): string =>
      /offers the agent "x".*`(.*)`/.exec(
        notesOf({ name: 'f.yaml', definition: { ...definition, ...more } }, state)[0] ?? '',
      )?.[1] ?? '';
    expect(startFor({ agentModules: ['./agents.ts'] })).toBe('tutti agent start f.yaml');
    expect(startFor({ commands: { x: { command: ['x'] } } })).toBe('tutti agent start f.yaml');
    // The file does not have it.
    expect(startFor({ commands: { z: { command: ['z'] } } })).toBe('tutti agent start FILE');
    const all = [instance('x'), instance('y')];
    expect(notesOf({ name: 'f.yaml', definition }, { nodes: [node(3)], instances: all })).toEqual([]);
  });

  it('is said to have meant an agent of much the same name', () => {
    const misspelt = workflow('w', (w) => [w.step('a', { agent: 'anlayst' })]);
    const state = { nodes: [node(3)], instances: [instance('analyst')] };
    const [note] = notesOf({ name: 'f.yaml', definition: misspelt }, state);
    expect(note).toMatch(/"anlayst".*`tutti agent start FILE`, or did you mean "analyst"\?$/);
  });

  it('is said to have another pool than its file says', () => {
    const notes = notesOf(
      { name: 'f.yaml', definition },
      { nodes: [node(1)], instances: [instance('x'), instance('y')] },
    );
    expect(notes).toEqual([expect.stringContaining('agents=1 (the file: 3)')]);
  });

  it('is submitted without a word when that cannot be found out, and not at all when nobody answers', async () => {
    const notes = (error: Error) =>
      submitNotes({ describe: () => Promise.reject(error) }, { name: 'f.yaml', definition });
    expect(await notes(new Error('late'))).toEqual([]);
    await expect(notes(new TuttiError('no_responders', 'nobody'))).rejects.toThrow('nobody');
  });
});
