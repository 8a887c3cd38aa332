/**
 * Strings that look like secrets. Only enough of each is kept to find it again: a report is passed around, and must not
 * become the leak it warns of. A hit is a reason to look, not a proof.
 */
interface SecretRule {
  readonly kind: string;
  /** POSIX extended, for `git grep -o -E`; bounded, so that no match is long. */
  readonly posix: string;
  readonly exact: RegExp;
}

const rule = (kind: string, pattern: string): SecretRule => ({
  kind,
  posix: pattern,
  exact: new RegExp(`^${pattern}$`),
});

const NAMES =
  '([Pp]assword|PASSWORD|[Pp]asswd|[Ss]ecret|SECRET|[Aa]pi_?[Kk]ey|API_?KEY|[Aa]ccess_?[Tt]oken|ACCESS_?TOKEN)';

const RULES: readonly SecretRule[] = [
  rule('AWS access key id', 'AKIA[0-9A-Z]{16}'),
  rule('private key', '-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----'),
  rule('GitHub token', 'gh[pousr]_[A-Za-z0-9]{36}'),
  rule('Slack token', 'xox[abprs]-[A-Za-z0-9-]{10,72}'),
  rule('Google API key', 'AIza[0-9A-Za-z_-]{35}'),
  rule('Stripe live key', 'sk_live_[0-9A-Za-z]{24,64}'),
  rule('JSON web token', 'eyJ[A-Za-z0-9_-]{10,200}[.]eyJ[A-Za-z0-9_-]{10,200}[.][A-Za-z0-9_-]{10,200}'),
  rule('value of a secret name', `${NAMES}["']?[ ]{0,4}[:=][ ]{0,4}["'][^"' ]{8,64}["']`),
];

/** What people write where a secret would stand. */
const SAMPLE =
  /example|sample|placeholder|change.?me|dummy|fake|your[_-]|x{4}|\*{3}|<[^>]*>|\$\{|\{\{|process\.env|0{8}|1234567/i;

export const SECRET_PATTERNS: readonly string[] = RULES.flatMap(({ posix }) => ['-e', posix]);

export interface SecretHit {
  readonly kind: string;
  /** The first characters and the length; of an assigned value nothing but its name and length. */
  readonly redacted: string;
  /** It reads like a sample or a placeholder. */
  readonly sample: boolean;
}

/** What a match of `git grep` is, without what must stay secret. */
export function classifySecret(match: string): SecretHit {
  const kind = RULES.find(({ exact }) => exact.test(match))?.kind ?? 'secret-like string';
  return { kind, redacted: redact(kind, match), sample: SAMPLE.test(match) };
}

function redact(kind: string, match: string): string {
  if (kind === 'private key') return match;
  const name = kind === 'value of a secret name' ? /^\w+/.exec(match)?.[0] : undefined;
  const kept = name === undefined ? match.slice(0, 4) : `${name} = `;
  return `${kept}… (${match.length} characters)`;
}
