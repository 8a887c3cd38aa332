import type { WorkflowJson } from '@tutti/contracts';
import type { FindingList } from '../file/findings.ts';
import type { Locate } from '../file/tree.ts';

/** Shapes that issuers publish, so that a scanner can know them; guesses by randomness would cry wolf. */
const SECRETS: readonly (readonly [string, RegExp])[] = [
  ['a private key', /-----BEGIN [A-Z ]*PRIVATE KEY-----/],
  ['an AWS access key', /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/],
  ['a GitHub token', /\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{50,})\b/],
  ['an API key', /\bsk-[A-Za-z0-9_-]{20,}\b/],
  ['a Slack token', /\bxox[abprs]-[A-Za-z0-9-]{10,}\b/],
  ['a Google API key', /\bAIza[A-Za-z0-9_-]{35}\b/],
  ['a JSON web token', /\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{5,}/],
  // A name alone, or a variable in the password's place, gives nothing away.
  ['a URL with a password in it', /\b[a-z][a-z0-9+.-]*:\/\/[^\s:@/]+:(?![${<])[^\s:@/]+@/i],
];

/** Keys whose value is a secret by their own word; `api_key_env` and `max_tokens` are not among them. */
const SECRET_KEY =
  /(?:^|[_-])(?:password|passwd|passphrase|secret|api[_-]?key|access[_-]?key|private[_-]?key|auth[_-]?token|access[_-]?token)$/i;

/** `$NAME`, `${NAME}`, `{{ name }}`, `<your key>`, `***`: where the value is to come from, not the value. */
const STAND_IN = /^\$|\{\{|^<.*>$|^[*.x]+$/i;
const SHORTEST_SECRET = 6;

/** Texts anywhere in the file that look like secrets. The finding does not quote them. */
export function findSecrets(root: WorkflowJson, locate: Locate, findings: FindingList): void {
  const queue: [WorkflowJson, PropertyKey[]][] = [[root, []]];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const [value, path] = next;
    if (typeof value === 'string') {
      const kind = kindOf(value, path.at(-1));
      if (kind === undefined) continue;
      const suggestion = 'give it to the agent by its environment and take it out of the file';
      findings.add('secret_literal', locate(path), `this looks like ${kind}`, { severity: 'warning', suggestion });
    } else if (Array.isArray(value))
      for (const [index, item] of value.entries()) queue.push([item as WorkflowJson, [...path, index]]);
    else if (typeof value === 'object' && value !== null) {
      for (const [key, item] of Object.entries(value)) queue.push([item, [...path, key]]);
    }
  }
}

function kindOf(value: string, key: PropertyKey | undefined): string | undefined {
  const shape = SECRETS.find(([, pattern]) => pattern.test(value))?.[0];
  if (shape !== undefined) return shape;
  const isSecret = typeof key === 'string' && SECRET_KEY.test(key) && value.length >= SHORTEST_SECRET;
  return isSecret && !STAND_IN.test(value) ? `the secret that "${String(key)}" asks for` : undefined;
}
