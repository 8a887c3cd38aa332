import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadWorkflow } from '@tutti/planner';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runWith } from '../main.ts';
import { fakeIo } from '../testing/fake-io.ts';

const BMAD = fileURLToPath(new URL('../../../../examples/bmad', import.meta.url));
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tutti-convert-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function tutti(cwd: string, ...args: string[]) {
  const io = fakeIo({ cwd });
  const code = await runWith(args, io);
  return { code, out: io.text(), err: io.err.join('') };
}

describe('tutti convert', () => {
  it('prints a file of ours, and says what has no exact form in it', async () => {
    const { code, out, err } = await tutti(BMAD, 'convert', 'greenfield-fullstack.yaml');
    expect(code).toBe(0);
    expect(loadWorkflow(out, { file: 'out.yaml' }).definition.steps).toHaveLength(19);
    expect(err).toMatch(/greenfield-fullstack\.yaml:63:14: \w+ open_agent: .*"various"/);
    expect(err).toMatch(/:91:16: \w+ repeated_step: /);
  });

  it('refuses a file that needs none', async () => {
    writeFileSync(join(folder, 'ours.yaml'), 'steps: {a: {}}\n');
    const { code, out, err } = await tutti(folder, 'convert', 'ours.yaml');
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('needs no conversion');
  });
});

describe('tutti lint', () => {
  it('reads a workflow of another form as it is, with the places of the original', async () => {
    const { code, out } = await tutti(BMAD, 'lint', 'greenfield-ui.yaml', '--format', 'github');
    expect(code).toBe(0);
    expect(out).toContain('::warning file=greenfield-ui.yaml,line=62,col=14,title=open_agent::');
  });

  it('finds a template beside the workflow, and what is wrong in it at its place there', async () => {
    mkdirSync(join(folder, 'prompts'));
    writeFileSync(join(folder, 'prompts/dev.liquid'), 'Build this:\n{{ pmm.stories }}\n');
    writeFileSync(
      join(folder, 'w.yaml'),
      'steps:\n  pm: {}\n  dev: { template: prompts/dev.liquid }\n  qa: { template: prompts/qa.liquid }\n',
    );
    const { code, out } = await tutti(folder, 'lint', 'w.yaml', '--format', 'json');
    const found = JSON.parse(out) as { code: string; file: string; line: number; col: number; suggestion: string }[];
    expect(code).toBe(2);
    expect(found).toContainEqual(
      expect.objectContaining({
        code: 'undeclared_read',
        file: 'prompts/dev.liquid',
        line: 2,
        col: 4,
        suggestion: 'did you mean "pm"?',
      }),
    );
    expect(found).toContainEqual(expect.objectContaining({ code: 'bad_template', file: 'w.yaml', line: 4, col: 19 }));
  });

  it('says everything at once: errors of meaning, advice, and what is written wrong', async () => {
    const text =
      'steps:\n  a: { depends_on: [b], timeuot: 3 }\n  b: { depends_on: [a], with: { password: hunter2hunter2 } }\n  c: { estimated_duration: 9, timeout: 5 }\n';
    writeFileSync(join(folder, 'all.yaml'), text);
    const { out } = await tutti(folder, 'lint', 'all.yaml', '--format', 'json');
    const codes = (JSON.parse(out) as { code: string }[]).map(({ code }) => code);
    expect(codes).toEqual(expect.arrayContaining(['unknown_key', 'cycle', 'secret_literal', 'short_timeout']));
  });
});
