/**
 * Subjects at the edge. The clients of brokers do not validate them (nats.md, fact 19), so the bus does: each token
 * matches `^[A-Za-z0-9_-]{1,64}$`; `*` (one token) and `>` (the rest, last) only where a filter is asked for.
 */
import { TOKEN, TuttiError } from '@tutti/contracts';

/** Longest subject in characters; the broker's protocol line is limited to 4 KiB with everything on it. */
export const MAX_SUBJECT_LENGTH = 1024;

/** Valid subjects are remembered, since the same few are used again and again. Beyond this many, it starts anew. */
const MAX_REMEMBERED = 20_000;

function remembering(isValid: (subject: string) => boolean, what: string): (subject: string) => void {
  const known = new Set<string>();
  return (subject) => {
    if (known.has(subject)) return;
    if (subject.length > MAX_SUBJECT_LENGTH || !isValid(subject)) throw badSubject(subject, what);
    if (known.size >= MAX_REMEMBERED) known.clear();
    known.add(subject);
  };
}

function badSubject(subject: string, what: string): TuttiError {
  const shown = String(subject).slice(0, 80);
  return new TuttiError('bad_subject', `"${shown}" is not a valid ${what}.`, { details: { subject: shown, what } });
}

const isToken = (token: string): boolean => TOKEN.test(token);

function isFilter(subject: string): boolean {
  const tokens = subject.split('.');
  return tokens.every((token, i) => token === '*' || (token === '>' && i === tokens.length - 1) || isToken(token));
}

/** Throws `bad_subject` unless every token is plain. */
export const assertSubject = remembering((subject) => subject.split('.').every(isToken), 'subject');

/** Throws `bad_subject` unless every token is plain or a wildcard in its place. */
export const assertFilter = remembering(isFilter, 'subject filter');

const KEY = /^[A-Za-z0-9_.-]{1,128}$/;

/** Throws `bad_subject` unless the text can be the key of a key-value entry. Dots separate; none may be empty. */
export const assertKey = remembering((key) => KEY.test(key) && key.split('.').every(Boolean), 'key');

/** Whether a subject filter matches a subject. */
export function matches(filter: string, subject: string): boolean {
  const wanted = filter.split('.');
  const given = subject.split('.');
  for (const [i, token] of wanted.entries()) {
    if (token === '>') return given.length > i;
    if (i >= given.length || (token !== '*' && token !== given[i])) return false;
  }
  return wanted.length === given.length;
}
