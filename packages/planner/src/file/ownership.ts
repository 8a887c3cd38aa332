import type { WorkflowDefinition, WorkflowFile } from '@tutti/contracts';
import type { FindingList } from './findings.ts';
import type { Resolution } from './resolution.ts';
import type { Locate } from './tree.ts';

const RULES_PATH = ['context_conflicts', 'resolution_mechanisms', 'conflict_prevention', 'ownership_rules'];

/** Both homes of the ownership rules as one table; a root has one owner. */
export function readOwnership(file: WorkflowFile, locate: Locate, findings: FindingList): Record<string, string[]> {
  const rules = file.context_conflicts?.resolution_mechanisms?.conflict_prevention?.ownership_rules ?? {};
  const owners = new Map<string, string>();
  const table: Record<string, string[]> = {};
  for (const [block, path] of [[rules, RULES_PATH] as const, [file.ownership ?? {}, ['ownership']] as const]) {
    for (const [agent, roots] of Object.entries(block)) {
      const own = Object.hasOwn(table, agent) ? (table[agent] ?? []) : [];
      roots.forEach((root, index) => {
        const owner = owners.get(root);
        if (owner !== undefined && owner !== agent) {
          const message = `both "${owner}" and "${agent}" own "${root}"; a root has one owner`;
          findings.add('owned_twice', locate([...path, agent, index]), message);
        } else if (owner === undefined) own.push(root);
        owners.set(root, owner ?? agent);
      });
      table[agent] = own;
    }
  }
  return table;
}

/** A step may write its own result and its agent's roots; whatever belongs to another agent is refused. */
export function checkOwnership(r: Resolution, definition: WorkflowDefinition): void {
  const owners = new Map<string, string>();
  for (const step of definition.steps) claim(r, owners, step.resultPath.split('/')[1] ?? '', step.agent, step.id);
  for (const [agent, roots] of Object.entries(definition.ownership)) {
    if (r.names.stepsOf(agent).length === 0) {
      const at = r.locate(
        r.file.ownership?.[agent] === undefined ? [...RULES_PATH, agent] : ['ownership', agent],
        'key',
      );
      r.findings.add('unknown_agent', at, `"${agent}" owns roots and has no step here`, { severity: 'warning' });
    }
    for (const root of roots) owners.set(root, agent);
  }
  for (const step of definition.steps) {
    for (const path of step.writes) {
      const owner = owners.get(path.split('/')[1] ?? '');
      if (owner === undefined || owner === step.agent) continue;
      const at = r.sources.steps.get(step.id) ?? r.locate([]);
      const message = `"${step.id}" writes ${path}, which "${owner}" owns`;
      r.findings.add('ownership_violated', at, message, {
        suggestion: 'write it under its own root, or change the ownership',
      });
    }
  }
}

/** Results of two agents under one root would overwrite each other. */
function claim(r: Resolution, owners: Map<string, string>, root: string, agent: string, stepId: string): void {
  const other = owners.get(root);
  if (other !== undefined && other !== agent) {
    const at = r.sources.steps.get(stepId) ?? r.locate([]);
    r.findings.add('duplicate_id', at, `"${stepId}" and a step of "${other}" both put their result under "${root}"`);
  }
  owners.set(root, other ?? agent);
}
