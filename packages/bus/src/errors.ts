import { TuttiError } from '@tutti/contracts';

export const busClosed = (name: string): TuttiError =>
  new TuttiError('bus_closed', `The connection "${name}" is closed.`, { details: { name } });

export const noResponders = (subject: string): TuttiError =>
  new TuttiError('no_responders', `Nobody serves "${subject}".`, { details: { subject } });

export const requestTimeout = (subject: string, timeoutMs: number): TuttiError =>
  new TuttiError('request_timeout', `No answer from "${subject}" within ${timeoutMs} ms.`, {
    details: { subject, timeoutMs },
  });

export const unavailable = (what: string, cause?: unknown): TuttiError =>
  new TuttiError('broker_unavailable', what, cause === undefined ? {} : { cause });

export const brokerFull = (key: string, reason: string): TuttiError =>
  new TuttiError('broker_full', `The broker has no room for a record of "${key}": ${reason}.`, {
    details: { key, reason },
  });

export const brokerRefused = (subject: string): TuttiError =>
  new TuttiError('broker_refused', `The NATS server does not let this user publish to "${subject}".`, {
    details: { subject },
  });

export const fenced = (key: string, expected: number, actual: number): TuttiError =>
  new TuttiError('fenced', `The log "${key}" ends at ${actual}, not at ${expected}: somebody else appended.`, {
    details: { key, expected, actual },
  });

export const logFull = (key: string, limit: number): TuttiError =>
  new TuttiError('log_full', `The log "${key}" holds its limit of ${limit} records.`, { details: { key, limit } });

export const revisionConflict = (key: string, expected: number, actual: number): TuttiError =>
  new TuttiError('revision_conflict', `The entry "${key}" is at revision ${actual}, not ${expected}.`, {
    details: { key, expected, actual },
  });
