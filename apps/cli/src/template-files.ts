/** Templates that a workflow names, read from beside it. */
import { resolve } from 'node:path';
import { WORKFLOW_LIMITS } from '@tutti/contracts';
import type { ReadTemplate } from '@tutti/planner';
import { readTextNow } from './text-file.adapter.ts';

/** Bytes of a character at the most. */
const BYTES_PER_CHAR = 4;

export const templatesBeside =
  (folder: string): ReadTemplate =>
  (path) =>
    readTextNow(resolve(folder, path), WORKFLOW_LIMITS.templateChars * BYTES_PER_CHAR);
