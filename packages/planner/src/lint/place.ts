import type { Place, WorkflowDefinition } from '@tutti/contracts';
import type { FindingList } from '../file/findings.ts';
import type { Part, Sources } from '../file/resolution.ts';
import type { Graph } from '../graph/graph.ts';

/** What every rule looks at. */
export interface Lint {
  readonly definition: WorkflowDefinition;
  readonly findings: FindingList;
  readonly sources: Sources | undefined;
  readonly graph: Graph;
  readonly order: Int32Array;
}

/** The place of a part of a step or group, else of the whole, else of the file. */
export function placeOf({ findings, sources }: Lint, id: string, part?: Part, item?: PropertyKey): Place {
  const exact = part === undefined ? undefined : sources?.partOf(id, part, item);
  return exact ?? sources?.steps.get(id) ?? sources?.groups.get(id) ?? { file: findings.file, line: 1, col: 1 };
}
