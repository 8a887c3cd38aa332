/** The real pause and the real ids. The only file of the client that touches the process's own. */
import { randomBytes } from 'node:crypto';

export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

/** 16 characters that fit a subject token. */
export const randomId = (): string => randomBytes(12).toString('base64url');
