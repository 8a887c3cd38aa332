import type { FileEnhancedStep, FileGroup, WorkflowFile } from '@tutti/contracts';
import type { Drafts, GroupDraft, Layer, Path, StepDraft } from './draft.ts';
import { draftSteps } from './draft-steps.ts';
import type { FindingList } from './findings.ts';
import { didYouMean } from './suggest.ts';
import type { Locate } from './tree.ts';

/** All blocks that speak of steps and groups, brought together. */
export function draftFile(file: WorkflowFile, locate: Locate, findings: FindingList): Drafts {
  const builder: Builder = {
    steps: draftSteps(file, locate, findings),
    groups: [],
    ids: new Map(),
    counts: new Map(),
    byGroup: new Map(),
    locate,
    findings,
  };
  for (const step of builder.steps) builder.ids.set(step.id, step);
  for (const section of ['execution_groups', 'groups'] as const) {
    for (const [id, group] of Object.entries(file[section] ?? {})) addGroup(builder, id, group, [section, id]);
  }
  joinGroups(builder);
  if (file.enhanced_workflow_step !== undefined) addEnhanced(builder, file.enhanced_workflow_step);
  for (const group of builder.groups) {
    if (group.members.length === 0)
      findings.add('missing_key', locate(group.path, 'key'), `the group "${group.id}" has no agents`);
  }
  return { steps: builder.steps, groups: builder.groups };
}

interface Builder {
  readonly steps: StepDraft[];
  readonly groups: GroupDraft[];
  readonly ids: Map<string, StepDraft>;
  /** The last number given to a further step of an agent. */
  readonly counts: Map<string, number>;
  readonly byGroup: Map<string, GroupDraft>;
  readonly locate: Locate;
  readonly findings: FindingList;
}

function addGroup(builder: Builder, id: string, group: FileGroup, path: Path): void {
  if (builder.byGroup.has(id)) {
    builder.findings.add('duplicate_id', builder.locate(path, 'key'), `two groups have the id "${id}"`);
    return;
  }
  const strategy = group.synchronization_strategy;
  const draft: GroupDraft = {
    id,
    path,
    name: group.name,
    members: [],
    dependencies: (group.dependencies ?? []).map((ref, index) => ({ ref, path: [...path, 'dependencies', index] })),
    parallel: group.parallel_capable ?? true,
    join: joinOf(group),
    barrierLayers: strategy === undefined ? [] : [strategy],
    barrierPath: strategy === undefined ? undefined : [...path, 'synchronization_strategy'],
    crossValidation: crossValidationOf(group, path),
  };
  builder.groups.push(draft);
  builder.byGroup.set(id, draft);
  const members = (group.agents ?? []).map((agent, index) => memberOf(builder, id, agent, [...path, 'agents', index]));
  draft.members.push(...members);
  addLayers(builder, draft, group);
}

const joinOf = (group: FileGroup): GroupDraft['join'] => {
  const words = [group.synchronization, group.synchronization_strategy?.type];
  if (words.includes('none')) return 'none';
  return group.synchronization_strategy !== undefined || group.synchronization !== undefined ? 'barrier' : undefined;
};

function crossValidationOf(group: FileGroup, path: Path): GroupDraft['crossValidation'] {
  if (group.cross_validation !== undefined) return { ...group.cross_validation, path: [...path, 'cross_validation'] };
  if (group.synchronization_strategy?.cross_validation !== 'post_completion_validation') return undefined;
  return { enabled: true, path: [...path, 'synchronization_strategy', 'cross_validation'] };
}

/** The step of the plain list that the group names, or a new step: the agent's name is its id, numbered if taken. */
function memberOf(builder: Builder, groupId: string, wanted: string, path: Path, agent = wanted): StepDraft {
  const known = builder.ids.get(wanted);
  if (known !== undefined && (known.groupId ?? groupId) === groupId && !isMember(builder, groupId, known)) {
    known.groupId = groupId;
    return known;
  }
  const id = freeId(builder, wanted);
  if (id !== wanted) {
    const message = `the agent "${agent}" stands in several groups; here its step has the id "${id}"`;
    builder.findings.add('repeated_agent', builder.locate(path), message, { severity: 'note' });
  }
  const draft: StepDraft = { id, agent, path, aliases: [], layers: [], groupId, command: undefined };
  builder.steps.push(draft);
  builder.ids.set(id, draft);
  return draft;
}

/** A step made by a group, as against one of the plain list that a group merely names. */
const isMember = (builder: Builder, groupId: string, step: StepDraft): boolean =>
  step.groupId === groupId && step.path[0] !== 'steps' && builder.byGroup.has(groupId);

function freeId(builder: Builder, agent: string): string {
  let id = agent;
  // Counting goes on where it ended: an agent that stands in 10,000 groups is not counted through 10,000 times.
  for (let count = builder.counts.get(agent) ?? 2; builder.ids.has(id); count += 1) {
    id = `${agent}_${count}`;
    builder.counts.set(agent, count);
  }
  return id;
}

/** The group's own words go below what a step says itself; the agent's specification goes above. */
function addLayers(builder: Builder, draft: GroupDraft, group: FileGroup): void {
  const shared: Layer['keys'] = {
    ...(group.estimated_duration === undefined ? {} : { estimated_duration: shareOf(group, draft) }),
    ...(group.resource_requirements === undefined ? {} : { resource_requirements: group.resource_requirements }),
  };
  for (const member of draft.members) {
    member.layers.unshift({ keys: shared, path: draft.path, source: 'group' });
  }
  const names = new Map(draft.members.map((member) => [member.agent, member]));
  for (const [agent, keys] of Object.entries(group.agent_specifications ?? {})) {
    const path = [...draft.path, 'agent_specifications', agent];
    const member = names.get(agent);
    if (member !== undefined) member.layers.push({ keys, path, source: 'file' });
    else {
      const suggestion = () => didYouMean(agent, names.keys());
      builder.findings.add(
        'unknown_agent',
        builder.locate(path, 'key'),
        `"${agent}" is no agent of the group "${draft.id}"`,
        { suggestion },
      );
    }
  }
}

/** A parallel group takes as long as a member; the members of a sequential one share its time. */
function shareOf(group: FileGroup, draft: GroupDraft): { minMs: number; maxMs: number } {
  const { minMs, maxMs } = group.estimated_duration ?? { minMs: 0, maxMs: 0 };
  const share = draft.parallel ? 1 : Math.max(1, draft.members.length);
  return { minMs: Math.round(minMs / share), maxMs: Math.round(maxMs / share) };
}

/** Steps that name their group themselves. */
function joinGroups(builder: Builder): void {
  const placed = new Set(builder.groups.flatMap(({ members }) => members));
  for (const step of builder.steps) {
    const wanted = step.groupId;
    if (wanted === undefined || placed.has(step)) continue;
    const group = builder.byGroup.get(wanted);
    if (group !== undefined) {
      group.members.push(step);
      continue;
    }
    const suggestion = () => didYouMean(wanted, builder.byGroup.keys()) ?? 'declare it under "groups"';
    const at = builder.locate([...step.path, 'group']);
    builder.findings.add('unknown_step', at, `there is no group "${wanted}"`, { suggestion });
    step.groupId = undefined;
  }
}

/** The enhanced step refines the group that has the same agents; without one it is a group of its own. */
function addEnhanced(builder: Builder, step: FileEnhancedStep): void {
  const path = ['enhanced_workflow_step'];
  const wanted = step.agents
    .map(({ agent }) => agent)
    .toSorted()
    .join(' ');
  const match = builder.groups.find(
    ({ members }) =>
      members
        .map(({ agent }) => agent)
        .toSorted()
        .join(' ') === wanted,
  );
  const group = match ?? newGroup(builder, step);
  if (match !== undefined) {
    const message = `"${step.id}" refines the group "${match.id}", which has the same agents`;
    builder.findings.add('refined_group', builder.locate([...path, 'id']), message, { severity: 'note' });
  }
  group.name = step.name ?? group.name;
  group.join = 'barrier';
  const isSequential = step.type === 'sequential_group' || step.parallel_configuration?.execution_mode === 'sequential';
  group.parallel = isSequential ? false : step.type === 'parallel_group' || group.parallel;
  group.dependencies.push(...(step.dependencies ?? []).map((ref, i) => ({ ref, path: [...path, 'dependencies', i] })));
  if (step.synchronization !== undefined) {
    group.barrierLayers.push(step.synchronization);
    if (step.synchronization.timeout !== undefined) group.barrierPath = [...path, 'synchronization'];
  }
  if (step.cross_validation !== undefined)
    group.crossValidation = { ...step.cross_validation, path: [...path, 'cross_validation'] };
  refineMembers(builder, group, step);
}

function newGroup(builder: Builder, step: FileEnhancedStep): GroupDraft {
  const path = ['enhanced_workflow_step'];
  const group: GroupDraft = {
    id: step.id,
    path,
    name: step.name,
    members: [],
    dependencies: [],
    parallel: true,
    join: 'barrier',
    barrierLayers: [],
    barrierPath: undefined,
    crossValidation: undefined,
  };
  builder.groups.push(group);
  builder.byGroup.set(group.id, group);
  step.agents.forEach((entry, index) => {
    // A step of the plain list that has the agent's name is meant; else the entry is a step of its own.
    const isListed = builder.ids.get(entry.agent)?.groupId === undefined && builder.ids.has(entry.agent);
    const wanted = isListed ? entry.agent : (entry.id ?? entry.agent);
    group.members.push(memberOf(builder, group.id, wanted, [...path, 'agents', index], entry.agent));
  });
  return group;
}

function refineMembers(builder: Builder, group: GroupDraft, step: FileEnhancedStep): void {
  const duration = step.estimated_duration;
  step.agents.forEach(({ id, agent, ...keys }, index) => {
    const path = ['enhanced_workflow_step', 'agents', index];
    const member = group.members.find(
      (candidate) => candidate.agent === agent && !candidate.layers.some((layer) => layer.path[0] === path[0]),
    );
    if (member === undefined) return;
    if (duration !== undefined) {
      member.layers.push({ keys: { estimated_duration: duration }, path: ['enhanced_workflow_step'], source: 'group' });
    }
    member.layers.push({ keys, path, source: 'file' });
    if (id === undefined || id === member.id) return;
    if (builder.ids.has(id))
      builder.findings.add('duplicate_id', builder.locate([...path, 'id']), `two steps have the id "${id}"`);
    else member.aliases.push(id);
  });
}
