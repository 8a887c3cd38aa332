import { describe, expect, it } from 'vitest';
import { planBar, progressBar } from './bar.ts';
import { jsonText, oneLine } from './clean.ts';
import { createPaint, cutLine, lineWidth, wantsColor, wantsUnicode } from './line.ts';
import { span } from './units.ts';
import { fit, takeCells, widthOf } from './width.ts';

describe('width', () => {
  it.each([
    ['plain', 5],
    ['設計', 4],
    ['한글', 4],
    ['é', 1],
    ['e\u0301', 1],
    ['👩‍💻', 2],
    ['✓→█', 3],
    ['\u200b', 0],
  ])('%s takes %d cells', (text, cells) => {
    expect(widthOf(text)).toBe(cells);
  });

  it('never cuts a wide character in half', () => {
    expect(takeCells('a設計', 2)).toBe('a');
    expect(fit('a設計', 3)).toBe('a… ');
    expect(fit('設計', 6)).toBe('設計  ');
  });

  it('cuts a line of several styles to its cells, with an ellipsis', () => {
    const line = cutLine(
      [
        ['abc', 'bold'],
        ['設計', 'dim'],
      ],
      6,
    );
    expect(lineWidth(line)).toBeLessThanOrEqual(6);
    expect(line.map(([text]) => text).join('')).toBe('abc設…');
  });
});

describe('colours', () => {
  it.each([
    [{ NO_COLOR: '1', FORCE_COLOR: '1' }, true, false],
    [{ FORCE_COLOR: '1' }, false, true],
    [{ FORCE_COLOR: '0' }, true, false],
    [{ TERM: 'dumb' }, true, false],
    [{ NO_COLOR: '' }, true, true],
    [{}, true, true],
    [{}, false, false],
  ])('%j on a terminal: %s gives %s', (env, isTTY, expected) => {
    expect(wantsColor(env, isTTY)).toBe(expected);
  });

  it('paint adds nothing when colours are off', () => {
    expect(createPaint(false)([['a', 'bad'], ['b']])).toBe('ab');
    expect(createPaint(true)([['a', 'bad']])).toBe('\u001b[31ma\u001b[39m');
  });

  it('only a locale that says otherwise means ASCII', () => {
    expect(wantsUnicode({})).toBe(true);
    expect(wantsUnicode({ LANG: 'C' })).toBe(false);
    expect(wantsUnicode({ LANG: 'C', LC_ALL: 'en_US.UTF-8' })).toBe(true);
  });
});

describe('bars', () => {
  it('are exactly as wide as asked whatever the fraction', () => {
    for (const fraction of [-1, 0, 0.01, 0.5, 0.999, 1, 2, Number.NaN]) {
      expect(progressBar(fraction, 12, true)).toHaveLength(12);
      expect(progressBar(fraction, 12, false)).toHaveLength(12);
    }
  });

  it('show a span of time where it lies, and the shortest one too', () => {
    const bar = (startMs: number, endMs: number, totalMs: number, cells: number, slackMs = 0, critical = true) =>
      planBar({ startMs, endMs, totalMs, slackMs, critical }, cells, false);
    expect(bar(50, 100, 100, 10)).toBe('.....#####');
    expect(bar(100, 100, 100, 10)).toBe('.........#');
    expect(bar(0, 0, 0, 4)).toBe('#...');
    expect(bar(20, 50, 100, 10, 30, false)).toBe('..===---..');
    expect(bar(20, 50, 100, 10, 900, false)).toBe('..===-----');
  });
});

it.each([
  [0, '0 ms'],
  [999, '999 ms'],
  [1_000, '1.0 s'],
  [59_999, '59.9 s'],
  [60_000, '1 m'],
  [390_000, '6 m 30 s'],
  [3_900_000, '1 h 05 m'],
])('%d ms is told as %s', (ms, text) => {
  expect(span(ms)).toBe(text);
});

it('takes escape sequences, line ends and direction marks out of foreign text', () => {
  expect(oneLine('a\u001b[31mred\u001b[0m\nb\tc\u202ed')).toBe('ared b c d');
  expect(oneLine('x\u001b]8;;http://evil\u0007y')).toBe('xy');
});

describe('a value as JSON for a terminal', () => {
  it('stays the same value and holds nothing that a terminal obeys', () => {
    const value = { text: 'a\u001b[2Jb\u009bc\u202ed', list: [1] };
    const text = jsonText(value);
    expect(JSON.parse(text)).toEqual(value);
    for (const sign of ['\u001b', '\u009b', '\u202e']) expect(text).not.toContain(sign);
    expect(text).toContain('\n  "list"');
  });
});
