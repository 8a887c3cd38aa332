import { parseAccess, parseDuration, parseSize } from '@tutti/contracts';
import { describe, expect, it } from 'vitest';

describe('durations', () => {
  const accepted: [string | number, number, number][] = [
    ['3-5_minutes', 180_000, 300_000],
    ['10_minutes', 600_000, 600_000],
    ['10 minutes', 600_000, 600_000],
    ['1_hour', 3_600_000, 3_600_000],
    ['30_seconds', 30_000, 30_000],
    ['500_ms', 500, 500],
    ['5_minutes_maximum', 300_000, 300_000],
    ['1.5h', 5_400_000, 5_400_000],
    ['0_minutes', 0, 0],
    [30, 30_000, 30_000],
  ];
  for (const [written, minMs, maxMs] of accepted) {
    it(`${written} is ${minMs}..${maxMs} ms`, () =>
      expect(parseDuration(written)).toEqual({ ok: true, value: { minMs, maxMs } }));
  }
  for (const written of [
    '5-3_minutes',
    '-1_minutes',
    '5_parsecs',
    'session_lifetime',
    '3-5-7_minutes',
    '1e3_minutes',
    '10:30',
    '30',
    '',
    '99_days',
    -1,
    Number.NaN,
  ]) {
    it(`"${written}" is refused`, () => expect(parseDuration(written).ok).toBe(false));
  }
});

describe('sizes', () => {
  const accepted: [string | number, number][] = [
    ['50MB', 50_000_000],
    ['10KB', 10_000],
    ['100 MB', 100_000_000],
    ['1.5GB', 1_500_000_000],
    ['10KiB', 10_240],
    [512, 512],
  ];
  for (const [written, bytes] of accepted)
    it(`${written} is ${bytes} bytes`, () => expect(parseSize(written)).toEqual({ ok: true, value: bytes }));
  for (const written of ['-1MB', '50M', 'NaNMB', 'MB', '1e3MB', '', -5, 1.5]) {
    it(`"${written}" is refused`, () => expect(parseSize(written).ok).toBe(false));
  }
});

describe('context access', () => {
  const accepted: [string, unknown][] = [
    ['write_only', { read: 'none' }],
    ['read_analyst_write_pm', { read: { name: 'analyst' }, write: 'pm' }],
    ['read_multiple_write_ux', { read: 'multiple', write: 'ux' }],
    ['read_all_write_qa', { read: 'all', write: 'qa' }],
    ['read_ux_expert_write_developer', { read: { name: 'ux_expert' }, write: 'developer' }],
  ];
  for (const [word, value] of accepted)
    it(`${word} is understood`, () => expect(parseAccess(word)).toEqual({ ok: true, value }));
  for (const word of ['', 'reads_all', 'read_', 'write'])
    it(`"${word}" is refused`, () => expect(parseAccess(word).ok).toBe(false));
});
