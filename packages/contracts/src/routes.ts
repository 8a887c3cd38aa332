/** On which subjects a message travels: what `docs/protocol.md` prints and `test/architecture` holds the actors to. */

import { MESSAGES, type MessageType } from './messages/index.ts';
import type { SubjectName } from './subjects.ts';

/** What actors listen on. */
const SUBJECT_OF_PARTY: Readonly<Record<string, SubjectName>> = {
  workflow: 'workflow',
  resources: 'resources',
  barrier: 'barrier',
  context: 'context',
  agent: 'instance',
  node: 'node',
};

/** A sender that a broker must be able to name has its name in the subject. */
const OWN_SUBJECTS: Partial<Record<MessageType, SubjectName>> = {
  'attempt.outcome': 'outcome',
  'attempt.progress': 'progress',
  'agent.beat': 'agentBeat',
  'agent.heard': 'heard',
  'node.beat': 'nodeBeat',
  'name.asked': 'name',
};

/** Taken by whoever hosts the actor, whether the actor is there or not: what no machine could do to itself. */
export const TO_HOST: ReadonlySet<MessageType> = new Set<MessageType>(['run.purge']);

const REPLIES: ReadonlySet<string> = new Set(['error', ...Object.values(MESSAGES).flatMap(({ replies }) => replies)]);

/** Whether it only ever answers another message; it then goes to the inbox of whoever asked. */
export const isReply = (type: MessageType): boolean => REPLIES.has(type) && OWN_SUBJECTS[type] === undefined;

/** The rows of the subject table it travels on; a call of a client goes from any node to its owner. Empty for a reply. */
export function routeOf(type: MessageType): readonly SubjectName[] {
  if (isReply(type)) return [];
  const { from, to } = MESSAGES[type];
  const own = OWN_SUBJECTS[type] ?? SUBJECT_OF_PARTY[to];
  if (from !== 'client') return own === undefined ? [] : [own];
  return own === undefined || own === 'node' ? ['api'] : ['api', own];
}
