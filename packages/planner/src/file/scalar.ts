import type { WorkflowJson } from '@tutti/contracts';
import type { Scalar } from 'yaml';
import { uncleanCharacter } from './text.ts';

/** Why a scalar has no place in a workflow. */
export interface Refused {
  readonly code: 'bad_number' | 'bad_encoding';
  readonly message: string;
}

export type ReadScalar = { readonly value: WorkflowJson } | Refused;

/** One scalar as JSON. Nothing is rounded in silence, and an escape brings in nothing that could not be written. */
export function readScalar(scalar: Scalar): ReadScalar {
  const { value } = scalar;
  const written = clip(scalar.source ?? String(value));
  if (typeof value === 'bigint') return isExact(Number(value)) ? { value: Number(value) } : tooLarge(written);
  if (typeof value === 'number') return readNumber(value, written);
  if (typeof value === 'string') return readText(value);
  return { value: typeof value === 'boolean' ? value : null };
}

/** Above 2^53 neighbouring integers fall together, as they would in every program that reads the JSON later. */
const isExact = (value: number): boolean => Math.abs(value) <= Number.MAX_SAFE_INTEGER;

const tooLarge = (written: string): Refused => ({
  code: 'bad_number',
  message: `${written} is too large to be kept exactly`,
});

function readNumber(value: number, written: string): ReadScalar {
  if (!Number.isFinite(value)) return { code: 'bad_number', message: `${written} is not a finite number` };
  if (!isExact(value)) return tooLarge(written);
  if (value !== 0) return { value };
  const isZero = !/[1-9]/.test(written.split(/e/i)[0] ?? '');
  return isZero ? { value: 0 } : { code: 'bad_number', message: `${written} is too small to be told from 0` };
}

function readText(text: string): ReadScalar {
  if (/\p{Surrogate}/u.test(text)) return { code: 'bad_encoding', message: 'the text holds half of a character' };
  const found = uncleanCharacter(text);
  if (found === undefined) return { value: text };
  return { code: 'bad_encoding', message: `the character ${found.name} has no place in a workflow, escaped or not` };
}

const clip = (text: string): string => (text.length > 60 ? `${text.slice(0, 57)}…` : text);
