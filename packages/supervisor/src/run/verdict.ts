/** What a validation says of what it judged: the `ok` and the `findings` of its result. */
import type { ContextWrite, WorkflowStep } from '@tutti/contracts';

export interface Verdict {
  readonly ok: boolean;
  readonly findings: readonly string[];
}

/** Findings that one event tells, and characters of each; all of them stand in the context. */
const MAX_FINDINGS = 20;
const MAX_CHARS = 500;

/** The verdict in the writes of a step that judges others; undefined of any other, and where `ok` is no yes or no. */
export function verdictOf(step: WorkflowStep | undefined, writes: readonly ContextWrite[]): Verdict | undefined {
  if (step === undefined || step.validates.length === 0) return undefined;
  const given = (key: string): unknown => {
    const write = writes.findLast(({ path }) => path === `${step.resultPath}/${key}`);
    return write?.op === 'set' ? write.value : undefined;
  };
  const [ok, findings] = [given('ok'), given('findings')];
  if (typeof ok !== 'boolean') return undefined;
  return { ok, findings: Array.isArray(findings) ? findings.slice(0, MAX_FINDINGS).map(textOf) : [] };
}

const textOf = (finding: unknown): string =>
  (typeof finding === 'string' ? finding : JSON.stringify(finding)).slice(0, MAX_CHARS);
