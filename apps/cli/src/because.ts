/** Why a step waits: what it waits for, and what that waits for, down to what runs, or to whom nobody of the run can hurry. */
import type { RunView, StepView } from '@tutti/contracts';
import { failureText, waitText } from './render/event-line.ts';

export interface Because {
  /** 0: the step that was asked about. */
  readonly depth: number;
  readonly step: string;
  readonly text: string;
  /** Since when, ms since 1970; absent where nobody knows. */
  readonly sinceMs?: number;
}

/** Lines of one answer: a step may come after thousands. */
export const MOST_BECAUSE = 32;

export function becauseOf(view: RunView, id: string): readonly Because[] {
  const steps = new Map(view.steps.map((step) => [step.id, step]));
  const told = new Set<string>();
  const lines: Because[] = [];
  const tell = (each: string, depth: number): void => {
    const step = steps.get(each);
    if (step === undefined || told.has(each) || lines.length >= MOST_BECAUSE) return;
    told.add(each);
    const sinceMs = step.waitsOn?.sinceMs ?? (step.status === 'running' ? step.startedAtMs : undefined);
    lines.push({ depth, step: each, text: textOf(step), ...(sinceMs === undefined ? {} : { sinceMs }) });
    for (const next of blockersOf(view, step)) tell(next, depth + 1);
  };
  tell(id, 0);
  return lines;
}

/** Steps that a step waits for, those of groups and those that hold what it needs of the pool among them. */
function blockersOf({ run, steps }: RunView, { waitsOn }: StepView): readonly string[] {
  if (waitsOn === undefined) return [];
  const { kind, names } = waitsOn;
  if (kind === 'pool')
    return names.flatMap((lease) => (lease.startsWith(`${run}/`) ? [lease.split('/')[1] ?? ''] : []));
  if (kind !== 'step' && kind !== 'group') return [];
  const isOpen = ({ endedAtMs }: StepView): boolean => endedAtMs === undefined;
  return names.flatMap((name) => {
    const members = steps.filter(({ group }) => group === name).filter(isOpen);
    return steps.some(({ id }) => id === name) ? [name] : members.map(({ id }) => id);
  });
}

const ENDED: Readonly<Partial<Record<StepView['status'], string>>> = {
  succeeded: 'has succeeded',
  failed: 'has failed',
  skipped: 'was skipped',
  cancelled: 'was cancelled',
};

function textOf({ status, waitsOn, instance, error }: StepView): string {
  if (waitsOn !== undefined) return `waits for ${waitText(waitsOn)}`;
  if (status === 'running') return `runs on ${instance ?? 'an instance'}`;
  const how = ENDED[status] ?? `is ${status}`;
  return error === undefined ? how : `${how}: ${failureText(error)}`;
}
