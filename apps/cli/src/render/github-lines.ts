/** Findings as workflow commands of GitHub Actions, which shows them beside the lines of a change. */
import type { Finding } from '@tutti/contracts';

const COMMANDS: Readonly<Record<Finding['severity'], string>> = { error: 'error', warning: 'warning', note: 'notice' };

const escapeData = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const escapeProperty = (text: string): string => escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');

export function githubLine(finding: Finding): string {
  const hint = finding.suggestion === undefined ? '' : ` (${finding.suggestion})`;
  const place = `file=${escapeProperty(finding.file)},line=${finding.line},col=${finding.col}`;
  const title = `title=${escapeProperty(finding.code)}`;
  return `::${COMMANDS[finding.severity]} ${place},${title}::${escapeData(finding.message + hint)}`;
}
