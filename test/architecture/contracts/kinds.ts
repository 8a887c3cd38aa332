/** The actors of the house with all that they take, for the pages and for the check that both tables agree. */
import { agentKind } from '@tutti/agent';
import { barrierKind } from '@tutti/barrier';
import { contextKind } from '@tutti/context';
import { createSubjects, type SubjectName } from '@tutti/contracts';
import type { ActorKind } from '@tutti/kernel';
import { resourcesKind } from '@tutti/resources';
import { workflowKind } from '@tutti/supervisor';

export interface Actor {
  readonly party: string;
  readonly kind: ActorKind;
  /** The rows of the subject table that it listens on. */
  readonly subjects: readonly SubjectName[];
}

const subjects = createSubjects();

export const ACTORS: readonly Actor[] = [
  { party: 'workflow', kind: workflowKind({ owner: 'docs' }), subjects: ['workflow', 'outcome', 'progress'] },
  { party: 'context', kind: contextKind(), subjects: ['context'] },
  { party: 'barrier', kind: barrierKind(), subjects: ['barrier'] },
  { party: 'resources', kind: resourcesKind({ subjects }), subjects: ['resources'] },
  { party: 'agent', kind: agentKind(subjects), subjects: ['instance'] },
];
