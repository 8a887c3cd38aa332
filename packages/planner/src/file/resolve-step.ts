import {
  DEFAULT_ESTIMATE_MS,
  DEFAULT_RETRY,
  DEFAULT_STEP_TIMEOUT_MS,
  type Estimate,
  type FileStepKeys,
  INPUTS_ROOT,
  type Needs,
  RESOURCE_WORDS,
  type ResourceWord,
  type ResourceWords,
  type RetryPolicy,
  type StepWait,
  type WorkflowStep,
} from '@tutti/contracts';
import { pick, pickAll, type StepDraft } from './draft.ts';
import type { Resolution } from './resolution.ts';
import { toPointer } from './resolve-inputs.ts';
import { type PromptReads, resolvePrompt } from './resolve-prompt.ts';
import { resolveStepRefs } from './resolve-refs.ts';
import type { Gates } from './resolve-validation.ts';
import { outputsOfWait, resolveWait, waitTimeoutMs } from './resolve-wait.ts';

/** What holds for all steps of one file. */
export interface StepRules {
  readonly words: ResourceWords;
  readonly timeScale: number;
  readonly ownership: Readonly<Record<string, readonly string[]>>;
  readonly gates: Gates;
}

export function resolveStep(r: Resolution, draft: StepDraft, rules: StepRules): WorkflowStep {
  const wait = resolveWait(r, draft);
  const estimate = wait === undefined ? resolveEstimate(r, draft, rules) : estimateOf(draft, 0, rules);
  const priority = pick(draft, 'priority')?.value;
  const name = pick(draft, 'name')?.value;
  const root = r.names.resultRoot(draft);
  const outputs =
    wait === undefined ? resolveOutputs(r, draft, root) : outputsOfWait(wait).map((o) => toPointer([root, o]));
  const prompt = wait === undefined ? resolvePrompt(r, draft) : undefined;
  const refs = resolveStepRefs(r, draft, rules.gates, prompt);
  if (wait === undefined) tellHidden(r, draft, refs.inputs);
  return {
    id: draft.id,
    agent: draft.agent,
    ...(name === undefined ? {} : { name }),
    ...(draft.groupId === undefined ? {} : { groupId: draft.groupId }),
    resultPath: toPointer([root]),
    ...refs,
    outputs,
    reads: resolveReads(
      r,
      draft,
      refs.inputs.map(({ path }) => path),
    ),
    writes: resolveWrites(r, draft, root, outputs, rules),
    timeoutMs: pick(draft, 'timeout')?.value ?? defaultTimeoutMs(estimate, wait),
    onFailure: pick(draft, 'on_failure')?.value ?? 'fail_run',
    ...(priority === undefined ? {} : { priority }),
    estimate,
    ...(wait === undefined ? workOf(r, draft, rules, prompt) : { ...NO_WORK, wait }),
  };
}

/** What an agent gets and takes to do its work. */
function workOf(r: Resolution, draft: StepDraft, rules: StepRules, prompt: PromptReads | undefined): Work {
  return {
    retry: resolveRetry(pick(draft, 'retry')?.value),
    needs: resolveNeeds(draft, rules.words),
    ...resolveUses(draft),
    with: resolveConstants(r, draft, prompt),
    ...(prompt === undefined ? {} : { template: prompt.template }),
  };
}

type Work = Pick<WorkflowStep, 'retry' | 'needs' | 'uses' | 'with' | 'template'>;

/** Nobody works: nothing is tried again, and nothing is taken of the pool. */
const NO_WORK: Work = { retry: { ...DEFAULT_RETRY, maxAttempts: 1 }, needs: { cpu: 0, memory: 0 }, with: {} };

/** Agents that are said to take long are not cut off by a default that nobody chose. */
const defaultTimeoutMs = ({ maxMs }: Estimate, wait: StepWait | undefined): number =>
  wait === undefined ? Math.max(DEFAULT_STEP_TIMEOUT_MS, 2 * maxMs) : waitTimeoutMs(maxMs);

/** Units of named resources, each from the last layer that names it. */
function resolveUses(draft: StepDraft): Pick<WorkflowStep, 'uses'> {
  const uses = Object.assign(
    {},
    ...pickAll(draft, 'resource_requirements').map(({ value }) => value.resources ?? {}),
  ) as Record<string, number>;
  const used = Object.entries(uses).filter(([, units]) => units > 0);
  return used.length === 0 ? {} : { uses: Object.fromEntries(used) };
}

/** The prompt is one of the agent's constants: the agent's process fills it in, with the rest of its input as the scope. */
/** Constants that the agent never sees: what other steps give stands under the same name. */
function tellHidden(r: Resolution, draft: StepDraft, inputs: WorkflowStep['inputs']): void {
  const written = pick(draft, 'with');
  if (written === undefined) return;
  const taken = new Set(
    inputs.map(({ as, path }) => as ?? path.split('/')[1] ?? '').filter((name) => name !== INPUTS_ROOT),
  );
  for (const key of Object.keys(written.value)) {
    if (!taken.has(key)) continue;
    const message = `the constant "${key}" of "${draft.id}" is hidden by what "${key}" gives it`;
    const suggestion = 'give the constant another name, or say under "inputs" what the step takes';
    r.findings.add('ignored_key', r.locate([...written.path, key], 'key'), message, {
      severity: 'warning',
      suggestion,
    });
  }
}

function resolveConstants(r: Resolution, draft: StepDraft, prompt: PromptReads | undefined): WorkflowStep['with'] {
  const written = pick(draft, 'with');
  if (prompt === undefined) return written?.value ?? {};
  if (written !== undefined && Object.hasOwn(written.value, 'prompt')) {
    const message = `"${draft.id}" has a prompt of its own and one under "with"`;
    r.findings.add('bad_value', r.locate([...written.path, 'prompt']), message);
  }
  return { ...written?.value, prompt: prompt.text };
}

function resolveEstimate(r: Resolution, draft: StepDraft, rules: StepRules): Estimate {
  if (pick(draft, 'estimated_duration') === undefined) {
    const message = `"${draft.id}" has no estimated_duration; ${DEFAULT_ESTIMATE_MS / 1000} s are assumed`;
    r.findings.add('no_estimate', r.locate(draft.path, 'key'), message, { severity: 'note' });
  }
  return estimateOf(draft, DEFAULT_ESTIMATE_MS, rules);
}

function estimateOf(draft: StepDraft, defaultMs: number, { timeScale }: StepRules): Estimate {
  const written = pick(draft, 'estimated_duration');
  const { minMs, maxMs } = written?.value ?? { minMs: defaultMs, maxMs: defaultMs };
  const scaled = (ms: number): number => Math.round(ms * timeScale);
  return {
    minMs: scaled(minMs),
    likelyMs: scaled((minMs + maxMs) / 2),
    maxMs: scaled(maxMs),
    source: written?.source ?? 'default',
  };
}

function resolveRetry(written: FileStepKeys['retry']): RetryPolicy {
  if (written === undefined) return DEFAULT_RETRY;
  if (typeof written === 'number') return { ...DEFAULT_RETRY, maxAttempts: written };
  return {
    maxAttempts: written.max_attempts ?? DEFAULT_RETRY.maxAttempts,
    backoffMs: written.backoff ?? DEFAULT_RETRY.backoffMs,
    backoffFactor: written.backoff_factor ?? DEFAULT_RETRY.backoffFactor,
    maxBackoffMs: written.max_backoff ?? Math.max(DEFAULT_RETRY.maxBackoffMs, written.backoff ?? 0),
  };
}

/** CPU and memory each from the last layer that names them; nobody did: a medium step. */
function resolveNeeds(draft: StepDraft, words: ResourceWords): Needs {
  const layers = pickAll(draft, 'resource_requirements').map(({ value }) => value);
  const unitsOf = (key: 'cpu' | 'memory'): number => {
    const written = layers.findLast((layer) => layer[key] !== undefined)?.[key] ?? 'medium';
    return typeof written === 'number' ? written : isWord(written) ? words[written][key] : 0;
  };
  return { cpu: unitsOf('cpu'), memory: unitsOf('memory') };
}

const isWord = (word: string): word is ResourceWord => (RESOURCE_WORDS as readonly string[]).includes(word);

/** `ui_spec` stands under the step's own result; `/requirements/x` is a context path as it is. */
function resolveOutputs(_r: Resolution, draft: StepDraft, root: string): string[] {
  const written = pick(draft, 'outputs')?.value ?? [];
  return [
    ...new Set(written.map((output) => (output.startsWith('/') ? output : toPointer([root, ...output.split('.')])))),
  ];
}

/** Empty means everything; a step that may read one agent's part also reads what it declares. */
function resolveReads(r: Resolution, draft: StepDraft, inputPaths: readonly string[]): string[] {
  const layer = pickAll(draft, 'resource_requirements').findLast(({ value }) => value.context_access !== undefined);
  const read = layer?.value.context_access?.read;
  if (layer === undefined || read === undefined || read === 'all' || read === 'multiple') return [];
  const own = [`/${INPUTS_ROOT}`, ...inputPaths];
  if (read === 'none') return [...new Set(own)];
  const producer = r.names.complete(read.name);
  if (producer !== undefined) return [...new Set([...own, toPointer([r.names.resultRoot(producer)])])];
  const at = r.locate([...layer.path, 'context_access']);
  r.findings.add('bad_access', at, `"${read.name}" is no agent of this workflow`, { severity: 'warning' });
  return [];
}

/** The result, the agent's owned roots, what it declares, and the roots of its outputs. */
function resolveWrites(
  r: Resolution,
  draft: StepDraft,
  root: string,
  outputs: readonly string[],
  rules: StepRules,
): string[] {
  const owned = (rules.ownership[draft.agent] ?? []).map((name) => toPointer([name]));
  const declared = pickAll(draft, 'context_requirements').flatMap(({ value }) =>
    (value.write ?? []).map((path) => (path.startsWith('/') ? path : toPointer(path.split('.')))),
  );
  const roots = outputs.map((output) => toPointer([output.split('/')[1] ?? root]));
  checkAccessWrite(r, draft);
  return [...new Set([toPointer([root]), ...owned, ...declared, ...roots])];
}

/** `read_multiple_write_ux` says which part is written; anything but the step's own part is a mistake. */
function checkAccessWrite(r: Resolution, draft: StepDraft): void {
  const layer = pickAll(draft, 'resource_requirements').findLast(({ value }) => value.context_access !== undefined);
  const word = layer?.value.context_access?.write;
  if (layer === undefined || word === undefined) return;
  const writer = r.names.complete(word);
  if (writer === undefined || writer.agent === draft.agent) return;
  const at = r.locate([...layer.path, 'context_access']);
  r.findings.add('ownership_violated', at, `"${draft.id}" would write the part of "${writer.id}"`, {
    suggestion: `write_${draft.agent}`,
  });
}
