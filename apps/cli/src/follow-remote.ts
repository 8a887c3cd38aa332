/** A run that was given to a cluster, seen from whoever gave it. */
import type { Client } from '@tutti/client';
import type { TuttiEvent } from '@tutti/contracts';
import type { Cli } from './cli.ts';
import { watchRoles } from './missing-roles.ts';
import type { Renderer, ShownOutput } from './render/renderer.ts';

interface Followed {
  readonly client: Pick<Client, 'describe'>;
}

/** How to have what a run of a cluster left. */
export const fetched = (run: string): string => `\`tutti result ${run} --result FILE\` writes what it left`;

/** What is to be said of a run that does not live in this process: its id, what it waits for, that it goes on without us. */
export function followRemote(
  { io }: Pick<Cli, 'io'>,
  { client }: Followed,
  run: string,
  output: ShownOutput,
  renderer: Pick<Renderer, 'note' | 'event'>,
) {
  const again = `\`tutti events ${run} --follow\``;
  const roles = watchRoles(io, client, renderer.note);
  let isSubmitted = false;
  let isOver = false;
  return {
    stop: roles.stop,
    submitted() {
      isSubmitted = true;
      if (output === 'plain' || output === 'tui') renderer.note(`tutti: run ${run}; ${again} shows it from anywhere`);
    },
    event(event: TuttiEvent) {
      roles.heard();
      isOver ||= event.type === 'run.finished';
      renderer.event(event);
    },
    failed(error: unknown): never {
      if (isSubmitted && !isOver)
        renderer.note(`tutti: the run ${run} goes on in the cluster; ${again} shows it again, ${fetched(run)}`);
      throw error;
    },
  };
}
