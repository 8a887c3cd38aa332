import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { offeredAgents } from './offered-agents.ts';

const says = 'says: { cmd: [node, -e, "1"] }';
const workflow = (agents: string): string =>
  `agents: ${agents}\nworkflow: { id: w }\nsteps:\n  a: { agent: says, cmd: [node, -e, "1"] }\n`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tutti-offered-'));
  const files = {
    'both.yaml': `agents: { ${says}, asks: { cmd: [node, -e, "2"] } }\nworkflow: { id: w }\nsteps: { a: { agent: says } }\n`,
    'program.yml': `agents: { ${says} }\nworkflow: { id: w }\nsteps: { a: { agent: says } }\n`,
    'none.yaml': 'workflow: { id: w }\nsteps: { a: { agent: x } }\n',
    'broken.yaml': workflow('[1'),
    'notes.md': '# notes\n',
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
});
afterAll(() => rmSync(folder, { recursive: true }));

const namesOf = async (...files: string[]): Promise<string[]> =>
  (await offeredAgents(files, folder)).map(({ name }) => name).sort();

describe('the agents that files offer', () => {
  it('are the programs that a workflow file names', async () => {
    expect(await namesOf('both.yaml')).toEqual(['asks', 'says']);
  });

  it.each([
    [['both.yaml', 'program.yml'], /program\.yml: an agent named "says" is offered by another file too/],
    [['none.yaml'], /none\.yaml names no agents: .*`agents:`/],
    [['broken.yaml'], /broken\.yaml cannot be used/],
    [['notes.md'], /notes\.md: nothing is known of agents in a "\.md" file: .*also takes a workflow file/],
  ])('of %j are refused with what to do', async (files, why) => {
    await expect(offeredAgents(files, folder)).rejects.toThrow(why);
  });
});
