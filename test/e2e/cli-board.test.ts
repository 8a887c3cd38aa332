/** The board in a real pseudo-terminal, judged by what a terminal would show. */
import { spawn, spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { screen } from '../../apps/cli/src/testing/screen.ts';
import { PROGRAM } from './cli-process.ts';
import { type Scripted, scripted, step } from './cli-scripted.ts';

const COLUMNS = 72;
const ROWS = 14;
/** The terminal turns it into a signal. */
const CTRL_C = '\u0003';
/** util-linux's `script` gives a program a pseudo-terminal; elsewhere its flags differ. */
const hasScript = spawnSync('script', ['--version']).stdout?.toString().includes('util-linux') === true;

interface Shown {
  readonly code: number | null;
  readonly raw: string;
}

/** Runs the program in a pseudo-terminal; `typeCtrlCAt` types Ctrl-C once that text is on the screen. */
function inTerminal(args: readonly string[], cwd: string, typeCtrlCAt?: string): Promise<Shown> {
  const command = `stty cols ${COLUMNS} rows ${ROWS}; exec ${process.execPath} ${PROGRAM} ${args.join(' ')}`;
  const env = { ...process.env, NO_COLOR: '1', TERM: 'xterm-256color', LANG: 'C.UTF-8' };
  const child = spawn('script', ['-qfec', command, '/dev/null'], { cwd, env, stdio: ['pipe', 'pipe', 'ignore'] });
  let raw = '';
  let typed = false;
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    raw += chunk;
    if (typed || typeCtrlCAt === undefined || !raw.includes(typeCtrlCAt)) return;
    typed = true;
    child.stdin.write(CTRL_C);
  });
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, raw })));
}

let at: Scripted;
beforeAll(() => {
  at = scripted();
});
afterAll(() => rmSync(at.folder, { recursive: true }));

describe.skipIf(!hasScript)('the board in a terminal', () => {
  it('keeps finished lines and the summary, and leaves neither board nor hidden cursor behind', async () => {
    const file = at.workflow('board', [
      'workflow: { id: board }',
      'steps:',
      step('first', 'agent: work, with: { ms: 400 }'),
      step('left_side', 'agent: work, depends_on: [first], with: { ms: 400 }'),
      step('right_side', 'agent: work, depends_on: [first], with: { ms: 400 }'),
    ]);
    const { code, raw } = await inTerminal(['run', file], at.folder);
    expect(code).toBe(0);
    const terminal = screen(COLUMNS, ROWS);
    terminal.write(raw);
    const text = terminal.lines().join('\n');
    expect(raw).toMatch(/▶ first/);
    expect(raw).toMatch(/◌ left_side +waits for first/);
    expect(text).not.toMatch(/[▶◌]/);
    for (const id of ['first', 'left_side', 'right_side']) expect(text).toMatch(new RegExp(`${id} {2}done in`));
    expect(text).toContain('critical path');
    expect(terminal.cursorHidden).toBe(false);
  });

  it('Ctrl-C cancels, and the prompt comes back with exit code 130', async () => {
    const file = at.workflow('slow', [
      'workflow: { id: slow }',
      'steps:',
      step('slow', 'agent: work, with: { ms: 60000 }'),
    ]);
    const { code, raw } = await inTerminal(['run', file], at.folder, '▶ slow');
    expect(code).toBe(130);
    expect(raw).toContain('Ctrl-C again to leave at once');
    const terminal = screen(COLUMNS, ROWS);
    terminal.write(raw);
    expect(terminal.lines().join('\n')).toMatch(/slow-\w+ {2}cancelled/);
    expect(terminal.cursorHidden).toBe(false);
  });
});
