import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isReply, routeOf } from './routes.ts';
import { apiVerb, createSubjects, SUBJECTS, type SubjectName } from './subjects.ts';

const names = Object.keys(SUBJECTS) as SubjectName[];
const placeholders = (name: SubjectName): string[] =>
  [...SUBJECTS[name].pattern.matchAll(/\{(\w+)\}/g)].map(([, key]) => key ?? '');
const token = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/);

describe('subjects', () => {
  it.each(names)('of %s give back the tokens that they were filled with', (name) => {
    const subjects = createSubjects('t');
    const keys = placeholders(name);
    fc.assert(
      fc.property(fc.array(token, { minLength: keys.length, maxLength: keys.length }), (tokens) => {
        const params = Object.fromEntries(keys.map((key, index) => [key, tokens[index] ?? '']));
        const subject = subjects.of(name, params as never);
        expect(subjects.parse(name, subject)).toEqual(params);
        expect(subject.split('.')).toHaveLength(1 + SUBJECTS[name].pattern.split('.').length);
      }),
    );
  });

  it('of different rows never cover each other', () => {
    const filters = names.map((name) => SUBJECTS[name].pattern.replace(/\{\w+\}/g, '*'));
    expect(new Set(filters).size).toBe(names.length);
  });

  it.each(['a.b', 'a b', '', '>', 'a>', 'é', 'x'.repeat(65)])('refuse the token "%s"', (value) => {
    expect(() => createSubjects().of('resources', { pool: value })).toThrow(/cannot be part of a subject/);
  });
  it('take a star for any token, and refuse a prefix of several', () => {
    expect(createSubjects('p').of('runEvent', { run: 'r', noun: '*', verb: '*' })).toBe('p.evt.run.r.*.*');
    expect(createSubjects().all('poolEvent')).toBe('tutti.evt.pool.>');
    expect(() => createSubjects('a.b')).toThrow();
  });
  it('of another row, or of another prefix, have no tokens', () => {
    const subjects = createSubjects('p');
    expect(subjects.parse('resources', 'p.wf.1.r')).toBeUndefined();
    expect(subjects.parse('resources', 'q.res.default')).toBeUndefined();
    expect(subjects.parse('resources', 'p.res.default.more')).toBeUndefined();
  });
  it('carry a call under its type with a dash', () => expect(apiVerb('run.submit')).toBe('run-submit'));
});

describe('the way of a message', () => {
  it('from a client leads through any node to the owner', () => {
    expect(routeOf('run.cancel')).toEqual(['api', 'workflow']);
    expect(routeOf('run.list')).toEqual(['api']);
  });
  it('from an agent leads over subjects that name the agent', () => {
    expect(routeOf('attempt.outcome')).toEqual(['outcome']);
    expect(routeOf('attempt.progress')).toEqual(['progress']);
    expect(routeOf('agent.beat')).toEqual(['agentBeat']);
  });
  it('that answers leads to whoever asked', () => {
    expect(isReply('run.state')).toBe(true);
    expect(routeOf('run.state')).toEqual([]);
  });
});
