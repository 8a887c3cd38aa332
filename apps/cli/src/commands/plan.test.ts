import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runWith } from '../main.ts';
import { fakeIo } from '../testing/fake-io.ts';

const cwd = fileURLToPath(new URL('../../../../test/e2e/fixtures', import.meta.url));

async function tutti(
  ...args: string[]
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const io = fakeIo({ cwd });
  const code = await runWith(args, io);
  return { code, out: io.text(), err: io.err.join('') };
}
const plan = (...args: string[]) => tutti('plan', 'seed-blocks.yaml', ...args);

describe('tutti plan', () => {
  it('says of the specification that its plan meets the lower bound', async () => {
    expect((await plan()).out).toContain(
      '38 m one after another, 31 m planned (1.23 times as fast), 31 m is the lower bound: no schedule is shorter',
    );
  });

  it('draws the slack of what is not critical, and marks what is', async () => {
    const { out } = await plan('--what-if', 'architect=3m', '--json');
    expect(JSON.parse(out).after.steps.find(({ id }: { id: string }) => id === 'architect').floatMs).toBe(240_000);
    const lines = (await plan('--what-if', 'architect=3m')).out.split('\n');
    const bar = lines.findLast((line) => line.startsWith('  architect '))!;
    expect(bar).toMatch(/▓+░+·+.*slack 4 m$/);
  });

  it('prints both plans of a what-if and the difference, on one scale', async () => {
    const { out, code } = await plan('--what-if', 'agents=1,architect=3m');
    expect(code).toBe(0);
    for (const text of ['As it is', 'What if', 'agents of the pool: 3 → 1', '"architect": 7 m → 3 m', '3 m later'])
      expect(out).toContain(text);
    expect(out).toMatch(/architect {2}9 m to 16 m +16 m to 19 m +\+3 m/);
  });

  it('says units, and what may be handed out of them, as the plan does', async () => {
    const { out } = await plan('--what-if', 'cpu=50,memory=80');
    expect(out).toContain('cpu of the pool: 100 → 50 units (x 1.2: at most 120 → 60 at once)\n');
    expect(out).toContain('memory of the pool: 100 → 80 units\n');
  });

  it('prints a what-if as JSON with both plans', async () => {
    const report = JSON.parse((await plan('--what-if', 'architect=3m,ux_expert=3m', '--json')).out);
    expect(report).toMatchObject({
      changes: [{ what: '"architect"', unit: 'ms', from: 420_000, to: 180_000 }, {}],
      before: { makespanMs: 1_860_000 },
      after: { makespanMs: 1_620_000, optimal: true },
      difference: { makespanMs: -240_000 },
    });
  });

  it('explains a start by the edges that hold it, with their place in the file', async () => {
    const { out } = await plan('--explain', 'developer');
    const line =
      1 +
      readFileSync(`${cwd}/seed-blocks.yaml`, 'utf8')
        .split('\n')
        .findIndex((text) => text.includes('architect.completion'));
    expect(out).toContain('developer starts at 16 m');
    expect(out).toMatch(
      new RegExp(`"architect" ends just then, through the barrier .*\\[seed-blocks.yaml:${line}:\\d+\\]`),
    );
    expect(out).toContain('analyst (0 ms to 4 m): nothing holds it');
  });

  it('explains a start by the resource that is short, under other circumstances too', async () => {
    const { out } = await plan('--what-if', 'agents=1', '--explain', 'architect');
    expect(out).toContain('it needs 1 of 1 agents at once, and 1 are taken by "ux_expert"');
    const { hold } = JSON.parse((await plan('--explain', 'pm', '--json')).out);
    expect(hold).toMatchObject({ kind: 'edges', edges: [{ from: 'analyst' }] });
  });

  it('plans by past runs, says so, and lets a question overrule them', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'history-'));
    const file = join(folder, 'past.jsonl');
    const base = { step: 'architect', agent: 'architect', attempt: 1, epoch: 1, version: 1 };
    const lines = [170_000, 180_000, 250_000].map((durationMs, seq) =>
      JSON.stringify({
        v: 1,
        type: 'step.succeeded',
        time: '2026-11-26T00:00:00.000Z',
        run: 'r',
        seq,
        data: { ...base, durationMs },
      }),
    );
    writeFileSync(file, `${lines.join('\n')}\n`);
    expect((await plan('--history', file)).out).toContain('durations of 1 of 6 steps from 3 samples of past runs');
    const architect = (steps: { id: string }[]) => steps.find(({ id }) => id === 'architect');
    expect(architect(JSON.parse((await plan('--history', file, '--json')).out).steps)).toMatchObject({
      durationMs: 180_000,
      estimate: { source: 'history', samples: 3 },
    });
    const asked = JSON.parse((await plan('--history', file, '--what-if', 'architect=5m', '--json')).out);
    expect(asked.changes).toMatchObject([{ from: 180_000, to: 300_000 }]);
    expect(architect(asked.after.steps)).toMatchObject({ durationMs: 300_000 });
    expect((await plan('--history', join(folder, 'none'))).err).toContain('there is no such file');
  });

  it.each([
    [['--explain', 'nobody'], 'no step "nobody"'],
    [['--mermaid', '--dot'], '--mermaid and --dot cannot be asked for at once'],
    [['--svg', '--explain', 'pm'], '--svg and --explain cannot be asked for at once'],
    [['--what-if', 'architekt=3m'], 'did you mean "architect"?'],
  ])('refuses %j as bad usage', async (args, reason) => {
    const { code, err } = await plan(...args);
    expect(code).toBe(2);
    expect(err).toContain(reason);
  });
});
