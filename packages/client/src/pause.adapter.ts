/** The real pause and the real ids. The only file of the client that touches the process's own. */
import { randomBytes } from 'node:crypto';

/** Resolves after `ms`, or as soon as the signal is aborted: a pause that nobody needs keeps no process alive. */
export const pause = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done);
    if (signal?.aborted === true) done();
  });

/** 16 characters that fit a subject token. */
export const randomId = (): string => randomBytes(12).toString('base64url');
