import {
  type CommandAgent,
  DEFAULT_POOL,
  DEFAULT_PRIORITIES,
  DEFAULT_RESOURCE_WORDS,
  fitsInput,
  INPUTS_ROOT,
  type PoolSpec,
  type PriorityClasses,
  type ResourceWords,
  type WorkflowDefinition,
  type WorkflowFile,
  type WorkflowInput,
  type WorkflowJson,
} from '@tutti/contracts';
import type { Drafts, StepDraft } from './draft.ts';
import { draftFile } from './draft-groups.ts';
import { moduleFiles, readAgents } from './draft-steps.ts';
import type { FindingList } from './findings.ts';
import { checkFixedValues } from './fixed-values.ts';
import { checkMetrics } from './metrics.ts';
import { indexNames } from './names.ts';
import { checkOwnership, readOwnership } from './ownership.ts';
import { type Reading, type Resolution, resolution, type Sources } from './resolution.ts';
import { resolveGroup } from './resolve-group.ts';
import { resolveStep } from './resolve-step.ts';
import { indexGates } from './resolve-validation.ts';
import { didYouMean } from './suggest.ts';

/** The longest a run may take if nobody says otherwise: a day is longer than any workflow of the specification. */
const DEFAULT_RUN_TIMEOUT_MS = 86_400_000;

/** The name under which steps ask for a render of the specification's `template_engine`. */
const TEMPLATE_ENGINE = 'template_engine';

export interface Compiled {
  readonly definition: WorkflowDefinition;
  readonly sources: Sources;
}

/** A checked file → the definition. Undefined when there is nothing to run; the findings say the rest. */
export function compileFile(file: WorkflowFile, reading: Reading, findings: FindingList): Compiled | undefined {
  const { locate } = reading;
  const drafts = draftFile(file, locate, findings);
  if (drafts.steps.length === 0) {
    const suggestion = 'write them under "steps" or "execution_groups"';
    findings.add('no_steps', locate([]), 'the workflow has no steps', { suggestion });
    return undefined;
  }
  const ownership = readOwnership(file, locate, findings);
  const writtenRoots = rootsWritten(drafts.steps);
  const names = indexNames({ ...drafts, ownership, writtenRoots, findings });
  const resolving = resolution(file, drafts, names, findings, reading);
  checkReserved(resolving, drafts);
  checkAgentFiles(file, reading, findings);
  checkFixedValues(file, locate, findings);
  const definition = defineWorkflow(resolving, drafts, ownership);
  checkOwnership(resolving, definition);
  checkAgentNames(resolving, definition);
  checkMetrics(resolving);
  return { definition, sources: resolving.sources };
}

function defineWorkflow(r: Resolution, drafts: Drafts, ownership: Record<string, string[]>): WorkflowDefinition {
  const { workflow = {} } = r.file;
  const words = resourceWords(r.file);
  const timeScale = workflow.time_scale ?? 1;
  const agents = readAgents(r.file);
  const rules = { words, timeScale, ownership, gates: indexGates(r, drafts.steps) };
  return {
    format: 1,
    id: workflow.id ?? 'workflow',
    ...(workflow.name === undefined ? {} : { name: workflow.name }),
    ...(workflow.version === undefined ? {} : { version: String(workflow.version) }),
    ...(workflow.description === undefined ? {} : { description: workflow.description }),
    inputs: readInputs(r),
    steps: drafts.steps.map((step) => resolveStep(r, step, rules)),
    groups: drafts.groups.filter(({ members }) => members.length > 0).map((group) => resolveGroup(r, group)),
    pool: readPool(r.file),
    priorities: readPriorities(r.file),
    resourceWords: words,
    ownership,
    commands: { ...agents.commands, ...stepCommands(r, drafts, agents.commands) },
    agentModules: agents.modules,
    timeoutMs: workflow.timeout ?? DEFAULT_RUN_TIMEOUT_MS,
    timeScale,
    policies: readPolicies(r.file),
  };
}

/** They are code, and only loaded where they run; that one is not there can be told before. */
function checkAgentFiles(file: WorkflowFile, { locate, hasFile }: Reading, findings: FindingList): void {
  if (hasFile === undefined) return;
  for (const { path, at } of moduleFiles(file)) {
    if (hasFile(path)) continue;
    const message = `there is no file of agents "${path}"`;
    findings.add('missing_agent_file', locate(at), message, { severity: 'warning' });
  }
}

/**
 * A step whose agent is spelt nearly like one that the file names, where all that the file names are programs: what modules
 * export is known only where they are loaded, and any other name may be offered by a process of its own.
 */
function checkAgentNames(r: Resolution, { steps, commands, agentModules }: WorkflowDefinition): void {
  if (agentModules.length > 0) return;
  for (const { id, agent, wait } of steps) {
    if (wait !== undefined || Object.hasOwn(commands, agent)) continue;
    const suggestion = didYouMean(agent, Object.keys(commands));
    if (suggestion === undefined) continue;
    const at = r.sources.steps.get(id) ?? r.locate([]);
    const message = `"${agent}" is no agent that this file names`;
    r.findings.add('unknown_agent', at, message, { severity: 'warning', suggestion });
  }
}

/** `cmd:` steps bring their program with them; the agent then has the step's name. */
function stepCommands(r: Resolution, drafts: Drafts, named: Readonly<Record<string, CommandAgent>>) {
  const commands: Record<string, CommandAgent> = {};
  for (const { id, command, path } of drafts.steps) {
    if (command === undefined) continue;
    const isTaken = Object.hasOwn(named, id) || r.names.stepsOf(id).length > 1;
    if (isTaken) r.findings.add('duplicate_id', r.locate(path), `the program of "${id}" would hide the agent "${id}"`);
    commands[id] = command;
  }
  return commands;
}

/** Roots that steps write beside their results, so that `requirements.x` finds its writer. */
function rootsWritten(steps: readonly StepDraft[]): Map<string, StepDraft[]> {
  const roots = new Map<string, StepDraft[]>();
  for (const step of steps) {
    const written = step.layers.flatMap(({ keys }) => [
      ...(keys.context_requirements?.write ?? []),
      ...(keys.outputs ?? []).filter((output) => output.startsWith('/')),
    ]);
    for (const root of new Set(written.map(rootOf))) roots.set(root, [...(roots.get(root) ?? []), step]);
  }
  return roots;
}

const rootOf = (path: string): string =>
  path.startsWith('/') ? (path.split('/')[1] ?? '') : (path.split('.')[0] ?? '');

function checkReserved(r: Resolution, drafts: Drafts): void {
  for (const step of drafts.steps) {
    if (step.id !== INPUTS_ROOT && step.agent !== INPUTS_ROOT && r.names.resultRoot(step) !== INPUTS_ROOT) continue;
    r.findings.add(
      'bad_id',
      r.locate(step.path),
      `"${INPUTS_ROOT}" is the place of the run's inputs; choose another name`,
    );
  }
}

function resourceWords(file: WorkflowFile): ResourceWords {
  const changed = file.resource_words ?? {};
  const entry = (word: keyof ResourceWords) => ({
    cpu: changed[word]?.cpu ?? DEFAULT_RESOURCE_WORDS[word].cpu,
    memory: changed[word]?.memory ?? DEFAULT_RESOURCE_WORDS[word].memory,
  });
  return { low: entry('low'), medium: entry('medium'), high: entry('high'), very_high: entry('very_high') };
}

/** `pool` is the short form and wins over `resource_manager`. */
function readPool(file: WorkflowFile): PoolSpec {
  const computational = { ...file.resource_manager?.resource_pool?.computational, ...file.pool };
  const sharing = { ...file.resource_manager?.allocation_strategy?.resource_sharing, ...file.pool };
  return {
    cpuUnits: computational.total_cpu_units ?? DEFAULT_POOL.cpuUnits,
    memoryUnits: computational.total_memory_units ?? DEFAULT_POOL.memoryUnits,
    concurrentAgents: computational.concurrent_agent_limit ?? DEFAULT_POOL.concurrentAgents,
    cpuOversubscription: sharing.cpu_oversubscription ?? DEFAULT_POOL.cpuOversubscription,
    memoryStrict: sharing.memory_strict ?? DEFAULT_POOL.memoryStrict,
    ...namedResources(file),
  };
}

/** Named resources of both homes; the renders of the specification's template engine are one of them. */
function namedResources(file: WorkflowFile): Pick<PoolSpec, 'named'> {
  const { resources, template_engine: engine } = file.resource_manager?.resource_pool ?? {};
  const renders = engine?.concurrent_renders;
  const named = {
    ...(renders === undefined ? {} : { [TEMPLATE_ENGINE]: renders }),
    ...resources,
    ...file.pool?.resources,
  };
  return Object.keys(named).length === 0 ? {} : { named };
}

function readPriorities(file: WorkflowFile): PriorityClasses {
  const written = file.resource_manager?.allocation_strategy?.priorities;
  return {
    critical: written?.critical_path_agents ?? DEFAULT_PRIORITIES.critical,
    parallel: written?.parallel_group_agents ?? DEFAULT_PRIORITIES.parallel,
    validation: written?.validation_agents ?? DEFAULT_PRIORITIES.validation,
  };
}

function readInputs(r: Resolution): Record<string, WorkflowInput> {
  const inputs: Record<string, WorkflowInput> = {};
  for (const [name, written] of Object.entries(r.file.inputs ?? {})) {
    if (typeof written === 'string') inputs[name] = { type: written, required: true };
    else {
      const { type = 'any', default: value, required = value === undefined, description } = written;
      const rest = {
        ...(value === undefined ? {} : { default: value }),
        ...(description === undefined ? {} : { description }),
      };
      inputs[name] = { type, required, ...rest };
      if (value === undefined || fitsInput(type, value)) continue;
      const at = r.locate(['inputs', name, 'default']);
      r.findings.add('wrong_type', at, `the default of the input "${name}" is no ${type}, which it is declared to be`);
    }
  }
  return inputs;
}

const POLICY_BLOCKS = [
  'dependency_analyzer',
  'resource_manager',
  'barrier_synchronization',
  'context_conflicts',
  'caching_system',
  'performance_monitoring',
] as const;

/** The blocks as parsed: durations in ms, sizes in bytes. */
function readPolicies(file: WorkflowFile): Record<string, WorkflowJson> {
  const blocks = POLICY_BLOCKS.flatMap((name) => (file[name] === undefined ? [] : [[name, file[name]] as const]));
  return JSON.parse(JSON.stringify(Object.fromEntries(blocks))) as Record<string, WorkflowJson>;
}
