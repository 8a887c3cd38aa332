import { expect, it } from 'vitest';
import { checkWorkflow } from './workflow-file.ts';

it('a module in the place of a workflow is told as what it is, before anything of it is read', async () => {
  await expect(checkWorkflow('mine/agents.ts', '/nowhere')).rejects.toThrow(
    /^mine\/agents\.ts is a module, and no workflow: .*`agents:`.*`tutti agent start`/,
  );
});
