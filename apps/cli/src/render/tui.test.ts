import type { TuttiEvent } from '@tutti/contracts';
import { describe, expect, it } from 'vitest';
import { type FakeIoOptions, fakeIo } from '../testing/fake-io.ts';
import { rowsUp, screen, withoutControls } from '../testing/screen.ts';
import { event, ready, SEED_RUN, START_MS, started, submitted } from '../testing/seed-run.ts';
import { widthOf } from '../text/width.ts';
import { createRenderer } from './create-renderer.ts';

const COLUMNS = 80;
const ROWS = 24;

function watch(options: FakeIoOptions = {}) {
  const columns = options.columns ?? COLUMNS;
  const rows = options.rows ?? ROWS;
  const io = fakeIo({ tty: true, columns, rows, nowMs: START_MS, env: { NO_COLOR: '1' }, ...options });
  const renderer = createRenderer({ io, output: 'tui' });
  const show = () => {
    const terminal = screen(columns, rows);
    for (const text of io.out) terminal.write(text);
    return terminal;
  };
  const feed = (events: readonly TuttiEvent[]): void => {
    for (const each of events) {
      const due = Date.parse(each.time) - io.now();
      if (due > 0) io.advance(due);
      renderer.event(each);
    }
  };
  return { io, renderer, show, feed };
}

describe('the board of a terminal', () => {
  it('shows what runs with its progress, and what waits with what it waits for', () => {
    const { io, show, feed } = watch();
    feed(SEED_RUN.slice(0, SEED_RUN.findIndex(({ type }) => type === 'pool.usage') + 1));
    io.advance(300);
    const text = show().lines().join('\n');
    expect(text).toMatch(/▶ ux_expert/);
    expect(text).toMatch(/◌ architect +waits for memory: needs 35, 30 free, held by ux_expert/);
    expect(text).toContain('cpu 40/120  memory 35/100  agents 1/3  1 waiting');
    expect(text).toContain('barrier  design  0 of 2 in');
    expect(text).toContain('context  version 1');
    expect(text).toContain('of 10.0 s planned');
  });

  it('leaves finished lines and the summary in the scrollback, and no trace of the board', () => {
    const { renderer, show, feed } = watch();
    feed(SEED_RUN);
    renderer.finish(['look into out/']);
    const lines = show().lines();
    expect(lines.filter((line) => line.includes('done in'))).toHaveLength(4);
    expect(lines.join('\n')).not.toContain('◌');
    expect(lines.join('\n')).not.toContain('▶');
    expect(lines.at(-2)).toBe('  look into out/');
    expect(lines.join('\n')).toContain('critical path');
  });

  it('has an alert of the pool and its end in the scrollback, each in one line', () => {
    const { renderer, show, feed } = watch();
    const [first, ...rest] = SEED_RUN;
    if (first === undefined) throw new Error('the recorded run is empty');
    const about = { pool: 'default', metric: 'response_time', threshold: 180_000, unit: 'ms' } as const;
    const alert = { ...about, value: 200_000, sinceMs: 0, names: ['r/pm'] };
    const well = { ...about, value: 0, lastedMs: 65_000 };
    const of = { v: 1, time: first.time } as const;
    feed([
      first,
      { ...of, type: 'resource.alert', data: alert },
      { ...of, type: 'resource.well', data: well },
      ...rest,
    ]);
    renderer.finish();
    expect(
      show()
        .lines()
        .filter((line) => line.includes('response time')),
    ).toEqual([
      expect.stringMatching(/pool {2}response time 3 m 20 s, threshold 3 m; running longest: r\/pm$/),
      expect.stringMatching(/pool {2}response time 0 ms: well again after 1 m 5 s, threshold 3 m$/),
    ]);
  });

  it('is drawn at most ten times a second however fast events come', () => {
    const { io, feed } = watch();
    const notes = Array.from({ length: 500 }, (_, n) =>
      event('step.progress', 100 + n * 2, { step: 'pm', attempt: 1, fraction: n / 500 }),
    );
    feed([submitted, started('pm', 0), ...notes]);
    expect(io.out.length).toBeLessThanOrEqual(11);
    expect(io.out.length).toBeGreaterThanOrEqual(9);
  });

  it.each([
    { columns: 80, rows: 24 },
    { columns: 20, rows: 6 },
    { columns: 40, rows: 3 },
    { columns: 1, rows: 1 },
  ])('is never wider or taller than a terminal of $columns × $rows', ({ columns, rows }) => {
    const { io, feed } = watch({ columns, rows });
    const many = Array.from({ length: 50 }, (_, n) => [
      started(`running-${n}`, 1),
      ready(`waiting-${n}-設計`, 1),
    ]).flat();
    feed([submitted, ...many]);
    io.advance(100);
    const drawn = withoutControls(io.out.at(-1)!).split('\n').slice(0, -1);
    expect(drawn.length).toBeGreaterThan(0);
    expect(drawn.length).toBeLessThanOrEqual(Math.max(1, rows - 1));
    for (const line of drawn) expect(widthOf(line)).toBeLessThanOrEqual(columns);
  });

  it('counts what it has no room for', () => {
    const { io, show, feed } = watch({ rows: 12 });
    feed([submitted, ...Array.from({ length: 50 }, (_, n) => started(`step-${n}`, 1))]);
    io.advance(100);
    expect(show().lines().join('\n')).toMatch(/… \d+ more running/);
  });

  it('hides the cursor while it draws and gives it back, once, at the end and by force', () => {
    const { io, renderer, show, feed } = watch();
    feed([submitted]);
    io.advance(100);
    expect(show().cursorHidden).toBe(true);
    renderer.restore();
    renderer.restore();
    renderer.finish();
    expect(show().cursorHidden).toBe(false);
    expect(io.text().split('\u001b[?25h')).toHaveLength(2);
    const written = io.out.length;
    io.advance(1_000);
    expect(io.out).toHaveLength(written);
  });

  it('an agent cannot steer the terminal by its notes', () => {
    const { io, feed } = watch();
    const note = 'a\u001b[2J\u001b]0;title\u0007b\nc\u202e';
    feed([submitted, started('pm', 0), event('step.progress', 1, { step: 'pm', attempt: 1, fraction: 0.5, note })]);
    io.advance(100);
    expect(io.text()).toContain('ab c');
    expect(io.text()).not.toContain('title');
    expect(io.text()).not.toContain('\u001b[2J');
  });

  it('a diagnostic goes to standard error and not between the lines of the board', () => {
    const { io, renderer, feed } = watch();
    feed([submitted, started('pm', 0)]);
    io.advance(100);
    renderer.note('careful');
    expect(io.err).toEqual(['careful\n']);
    expect(io.out.at(-1)?.endsWith('\u001b[0J')).toBe(true);
  });

  it('draws nothing over lines that a narrower terminal has wrapped', () => {
    const { io, feed } = watch();
    feed([submitted, started('pm', 0)]);
    io.advance(100);
    const before = io.out.at(-1)!.split('\n').length - 1;
    io.resize(20, 24);
    const up = rowsUp(io.out.at(-1)!);
    expect(up).toBeGreaterThan(before);
  });
});
