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
];

/** Texts anywhere in the file that look like secrets. The finding does not quote them. */
export function findSecrets(root: WorkflowJson, locate: Locate, findings: FindingList): void {
  const queue: [WorkflowJson, PropertyKey[]][] = [[root, []]];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const [value, path] = next;
    if (typeof value === 'string') {
      const kind = SECRETS.find(([, pattern]) => pattern.test(value))?.[0];
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
