import { DEFAULT_WAIT_TIMEOUT_MS, type FileStepKeys, type StepWait } from '@tutti/contracts';
import { pick, type StepDraft } from './draft.ts';
import type { Resolution } from './resolution.ts';

/** What only a step that waits can mean, and what only one that an agent runs can. */
const OF_WAITS = ['ask', 'default', 'on_reject', 'signal'] as const satisfies readonly (keyof FileStepKeys)[];
const OF_AGENTS = [
  ...['context', 'outputs', 'validates', 'gate', 'prompt', 'template', 'retry', 'priority'],
  ...['resource_requirements', 'context_requirements', 'with'],
] as readonly (keyof FileStepKeys)[];
const OF_APPROVALS = ['default', 'on_reject'] as const;

/** What each kind of answer leaves in the context. */
const OUTPUTS = { approval: ['approved', 'by', 'comment', 'how', 'atMs'], signal: ['data', 'by', 'atMs'] } as const;

/** How long nobody has to answer, ms, unless the step says so. */
export const waitTimeoutMs = (maxMs: number): number => Math.max(DEFAULT_WAIT_TIMEOUT_MS, 2 * maxMs);

export const outputsOfWait = (wait: Pick<StepWait, 'for'>): readonly string[] => OUTPUTS[wait.for];

/** What a step waits for that no agent runs; undefined of all others. */
export function resolveWait(r: Resolution, draft: StepDraft): StepWait | undefined {
  const type = pick(draft, 'type')?.value ?? 'agent';
  ignore(r, draft, type === 'agent' ? OF_WAITS : OF_AGENTS, type);
  if (type === 'agent') return undefined;
  const ask = pick(draft, 'ask')?.value;
  const asked = ask === undefined ? {} : { ask };
  if (type === 'signal') {
    ignore(r, draft, OF_APPROVALS, type);
    return { for: 'signal', ...asked, signal: pick(draft, 'signal')?.value ?? draft.id };
  }
  ignore(r, draft, ['signal'], type);
  return {
    ...{ for: 'approval', ...asked },
    default: pick(draft, 'default')?.value ?? 'reject',
    onReject: pick(draft, 'on_reject')?.value ?? 'fail',
  };
}

function ignore(r: Resolution, draft: StepDraft, keys: readonly (keyof FileStepKeys)[], type: string): void {
  for (const key of keys) {
    const written = pick(draft, key);
    // What a group says of all its members is not meant for each of them.
    if (written === undefined || written.source === 'group') continue;
    const message = `"${draft.id}" is of type ${type}: "${key}" does nothing there`;
    r.findings.add('ignored_key', r.locate(written.path, 'key'), message, { severity: 'warning' });
  }
}
