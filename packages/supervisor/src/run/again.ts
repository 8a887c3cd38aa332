/** Which steps run again when a run is retried: pure, by the definition and what became of each step. */
import { type RunGraph, stepIn } from './graph.ts';
import type { GroupState, RunContext } from './model.ts';

type State = Pick<RunContext, 'steps' | 'groups' | 'definition'>;

/**
 * The step `from` (all that did not succeed when absent), what follows from these, and what all of them need that did not
 * succeed. Whatever else succeeded stays as it is.
 */
export function stepsAgain(state: State, graph: RunGraph, from?: string): ReadonlySet<string> {
  const asked = from === undefined ? state.definition.steps.map(({ id }) => id).filter(isLacking(state)) : [from];
  const follows = reach(asked, (id) => followersOf(graph, id));
  return reach([...follows], (id) => neededBy(state, graph, id));
}

function reach(from: readonly string[], next: (id: string) => readonly string[]): Set<string> {
  const seen = new Set<string>();
  const line = [...from];
  for (let id = line.pop(); id !== undefined; id = line.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    line.push(...next(id));
  }
  return seen;
}

const isLacking =
  (state: State) =>
  (id: string): boolean =>
    stepIn(state, id)?.status !== 'succeeded';

/** The steps that wait for the step, or for the group that it is a member of: no validation makes others run again. */
function followersOf({ step, dependents, judgings }: RunGraph, id: string): readonly string[] {
  const groupId = step.get(id)?.groupId;
  const ofGroup = groupId === undefined ? [] : (dependents.get(`group:${groupId}`) ?? []);
  return [...(dependents.get(`step:${id}`) ?? []), ...ofGroup].filter((next) => !judgings.has(next));
}

const isOpen = (group: GroupState | undefined): boolean =>
  group?.decision !== undefined && group.decision !== 'aborted' && group.phase === 'closed';

/** What the step waits for and did not get. A group that went on in part is enough. */
function neededBy(state: State, graph: RunGraph, id: string): readonly string[] {
  return (graph.step.get(id)?.waitsFor ?? []).flatMap(({ kind, id: blocker }) => {
    if (kind === 'step') return [blocker].filter(isLacking(state));
    return isOpen(state.groups[blocker]) ? [] : (graph.barrier.get(blocker)?.steps ?? []).filter(isLacking(state));
  });
}
