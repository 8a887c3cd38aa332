/** What came of a validation, in words: one line, whoever shows it. */
import type { ValidationResult } from '@tutti/contracts';
import type { Style } from '../text/line.ts';

type Verdict = ValidationResult['verdict'];

const WORDS: Readonly<Record<Verdict, string>> = {
  passed: 'passed',
  failed: 'not in order',
  skipped: 'skipped',
  timed_out: 'not done in time',
  errored: 'could not be done',
};

/** Findings that a line names; the others are counted. */
const MOST_FINDINGS = 3;

export const verdictStyle = (verdict: Verdict): Style =>
  verdict === 'passed' ? 'good' : verdict === 'skipped' ? 'dim' : 'warn';

/** Such as `passed`, or `not in order: /text: too short (error), and 2 more`. */
export function resultText({ verdict, reason, findings, omitted = 0 }: ValidationResult): string {
  const told = findings.slice(0, MOST_FINDINGS).map(({ path, message, severity }) => {
    const place = path === undefined ? '' : `${path}: `;
    return `${place}${message} (${severity})`;
  });
  const more = findings.length - told.length + omitted;
  const parts = [...(reason === undefined ? [] : [reason]), ...told, ...(more > 0 ? [`and ${more} more`] : [])];
  return parts.length === 0 ? WORDS[verdict] : `${WORDS[verdict]}: ${parts.join('; ')}`;
}

export const validationText = (data: ValidationResult & { readonly validator: string; readonly of: string }): string =>
  `${data.of}, judged by ${data.validator}: ${resultText(data)}`;
