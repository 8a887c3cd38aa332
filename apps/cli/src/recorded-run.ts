/** What the recorded events of a run tell, with the plan's names for what no event has mentioned yet. */
import type { Client } from '@tutti/client';
import type { WorkflowDefinition } from '@tutti/contracts';
import { createBoard, type ExpectedStep, foldEvent, type RunBoard } from '@tutti/telemetry/runs';

export const expectedSteps = ({ steps }: WorkflowDefinition): readonly ExpectedStep[] =>
  steps.map(({ id, agent, waitsFor }) => ({ id, agent, after: waitsFor.map((wait) => wait.id) }));

/** Reads all of them: for a long run that is work for the node that owns it. */
export async function recordedBoard(client: Pick<Client, 'events' | 'startedWith'>, run: string): Promise<RunBoard> {
  const board = createBoard(expectedSteps((await client.startedWith(run)).definition));
  for await (const event of client.events(run)) foldEvent(board, event);
  return board;
}
