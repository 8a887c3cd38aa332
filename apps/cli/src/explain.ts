/** Errors as a person reads them: what, where, why, and what to do. Never a stack trace unless it was asked for. */
import { ERRORS, type Finding, TuttiError } from '@tutti/contracts';
import { oneLine } from './text/clean.ts';

/** Causes told behind a message; deeper ones are for the debug log. */
const MOST_CAUSES = 3;

function causes(error: TuttiError): string[] {
  const told: string[] = [];
  let cause: unknown = error.cause;
  // Counted by depth, not by what is told: causes may stand in a ring.
  for (let depth = 0; depth < MOST_CAUSES && cause !== undefined && cause !== null; depth += 1) {
    const text = oneLine(cause instanceof Error ? cause.message : String(cause));
    if (text !== '' && !oneLine(error.message).includes(text) && !told.includes(text)) told.push(text);
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return told;
}

export interface ExplainOptions {
  /** With `--log-level debug`: the stack and the details too. */
  readonly debug: boolean;
}

/** The lines for standard error, the last one without a newline. */
export function explain(thrown: unknown, { debug }: ExplainOptions): string {
  const error = TuttiError.from(thrown);
  const lines = [`tutti: ${oneLine(error.message)}`];
  for (const cause of causes(error)) lines.push(`  because: ${cause}`);
  lines.push(`  ${ERRORS[error.code].help} [${error.code}]`);
  if (debug) {
    if (error.details !== undefined) lines.push(`  details: ${JSON.stringify(error.details)}`);
    lines.push(String(error.cause instanceof Error ? error.cause.stack : error.stack));
  }
  return lines.join('\n');
}

const SEVERITIES = ['error', 'warning', 'note'] as const;

/** How many there are of each severity, in words: `2 errors, 1 note`. */
export function countFindings(findings: readonly Finding[]): string {
  const counts = SEVERITIES.map((severity) => {
    const count = findings.filter((finding) => finding.severity === severity).length;
    return count === 0 ? undefined : `${count} ${severity}${count === 1 ? '' : 's'}`;
  });
  return counts.filter((text) => text !== undefined).join(', ');
}

/** One finding a line, as `tutti lint` prints it and editors read it; text of the file cannot steer the terminal. */
export const findingLine = (finding: Finding): string => {
  const hint = finding.suggestion === undefined ? '' : ` (${finding.suggestion})`;
  const { file, line, col, severity, code, message } = finding;
  return oneLine(`${file}:${line}:${col}: ${severity} ${code}: ${message}${hint}`);
};

/** Warnings told before a run; of a file with more than these the rest is for `tutti lint`. */
const MOST_WARNINGS = 10;

/** What a run says of its file before it begins: the warnings, not the notes, as `tutti lint` prints them. */
export function warningLines(file: { readonly name: string; readonly findings: readonly Finding[] }): string[] {
  const warnings = file.findings.filter(({ severity }) => severity === 'warning');
  const shown = warnings.slice(0, MOST_WARNINGS).map(findingLine);
  const left = warnings.length - shown.length;
  return left === 0 ? shown : [...shown, oneLine(`${file.name}: ${left} more; \`tutti lint ${file.name}\` has all`)];
}

/** A refusal of a file, with all that was found wrong. It ends the program with the code for bad files. */
export class BadFileError extends TuttiError {
  readonly findings: readonly Finding[];

  constructor(file: string, findings: readonly Finding[]) {
    const errors = findings.filter((finding) => finding.severity === 'error');
    const planning = errors.length > 0 && errors.every((finding) => finding.code === 'never_fits');
    super(planning ? 'unplannable' : 'bad_file', `${file} cannot be used: ${countFindings(errors)}`);
    this.findings = findings;
  }
}
