import { type Finding, formatFinding, TuttiError } from '@tutti/contracts';

/** `too_many` says that there are more findings than are told. */
const UNPLANNABLE: ReadonlySet<string> = new Set(['cycle', 'never_fits', 'too_many']);

/** `unplannable` where it is clear what is asked and cannot be done, else `bad_file`; the findings ride in `details`. */
export function refusal(findings: readonly Finding[], file: string): TuttiError {
  const errors = findings.filter(({ severity }) => severity === 'error');
  const isClear = errors.every(({ code }) => UNPLANNABLE.has(code)) && errors.some(({ code }) => code !== 'too_many');
  const code = isClear ? 'unplannable' : 'bad_file';
  const lines = errors.map(formatFinding).join('\n');
  return new TuttiError(code, `${file} cannot be run:\n${lines}`, { details: { findings } });
}
