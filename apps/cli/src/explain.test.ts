import { type Finding, TuttiError } from '@tutti/contracts';
import { describe, expect, it } from 'vitest';
import { BadFileError, countFindings, explain, findingLine, warningLines } from './explain.ts';

const finding = (extra: Partial<Finding> = {}): Finding => ({
  code: 'unknown_key',
  severity: 'error',
  file: 'w.yaml',
  line: 3,
  col: 7,
  message: 'no key "x"',
  ...extra,
});

describe('an error for a person', () => {
  const error = new TuttiError('broker_unavailable', 'Cannot reach nats://h', { cause: new Error('ECONNREFUSED') });

  it('says what, why and what to do, without a stack', () => {
    expect(explain(error, { debug: false }).split('\n')).toEqual([
      'tutti: Cannot reach nats://h',
      '  because: ECONNREFUSED',
      expect.stringMatching(/^ {2}Start the NATS server.*\[broker_unavailable\]$/),
    ]);
  });

  it('shows the stack and the details when debugging was asked for', () => {
    const told = explain(new TuttiError('bad_file', 'x', { details: { line: 3 } }), { debug: true });
    expect(told).toContain('"line":3');
    expect(told).toMatch(/^\s+at /m);
  });

  it('does not repeat a cause that the message quotes already, nor follow a ring of causes', () => {
    expect(
      explain(new TuttiError('bad_file', 'failed: boom', { cause: new Error('boom') }), { debug: false }),
    ).not.toContain('because');
    const ring = new Error('ring');
    ring.cause = ring;
    expect(explain(new TuttiError('bad_file', 'x', { cause: ring }), { debug: false }).match(/because/g)).toHaveLength(
      1,
    );
  });

  it('lets no text of others steer the terminal', () => {
    expect(explain(new Error('a\u001b[2Jb'), { debug: false })).not.toContain('\u001b');
    expect(findingLine(finding({ message: 'a\u001b[2Jb\nc' }))).toBe('w.yaml:3:7: error unknown_key: ab c');
  });
});

describe('a bad file', () => {
  it('is unplannable only when nothing but a need that never fits is wrong with it', () => {
    expect(new BadFileError('w', [finding({ code: 'never_fits' })]).code).toBe('unplannable');
    expect(new BadFileError('w', [finding({ code: 'never_fits' }), finding()]).code).toBe('bad_file');
  });

  it('counts its findings by severity', () => {
    expect(countFindings([finding(), finding(), finding({ severity: 'note' })])).toBe('2 errors, 1 note');
    expect(new BadFileError('w', [finding(), finding({ severity: 'note' })]).message).toBe('w cannot be used: 1 error');
  });
});

describe('what a run says of its file', () => {
  it('is its warnings as the lint prints them, not its notes', () => {
    const findings = [finding({ severity: 'warning' }), finding({ severity: 'note' })];
    expect(warningLines({ name: 'w.yaml', findings })).toEqual(['w.yaml:3:7: warning unknown_key: no key "x"']);
    expect(warningLines({ name: 'w.yaml', findings: [] })).toEqual([]);
  });

  it('is ten lines at the most, and then how many more there are and where', () => {
    const findings = Array.from({ length: 12 }, (_, index) => finding({ severity: 'warning', line: index + 1 }));
    const lines = warningLines({ name: 'w.yaml', findings });
    expect(lines).toHaveLength(11);
    expect(lines.at(-1)).toBe('w.yaml: 2 more; `tutti lint w.yaml` has all');
  });
});
