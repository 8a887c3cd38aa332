import { type Finding, formatFinding, TuttiError } from '@tutti/contracts';

const UNPLANNABLE: ReadonlySet<string> = new Set(['cycle', 'never_fits']);

/** `unplannable` where it is clear what is asked and cannot be done, else `bad_file`; the findings ride in `details`. */
export function refusal(findings: readonly Finding[], file: string): TuttiError {
  const errors = findings.filter(({ severity }) => severity === 'error');
  const code = errors.every((finding) => UNPLANNABLE.has(finding.code)) ? 'unplannable' : 'bad_file';
  const lines = errors.map(formatFinding).join('\n');
  return new TuttiError(code, `${file} cannot be run:\n${lines}`, { details: { findings } });
}
