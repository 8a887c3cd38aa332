/** Takes the machine's processors away: as many loops as there are processors, which share them with whatever runs. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';

/** Ends by itself when nobody ends it. */
const LOOP = 'const end = Date.now() + Number(process.argv[1]); while (Date.now() < end);';

/** Resolves at once; what it returns ends the load and resolves when it has ended. */
export function burden(lastsMs: number): () => Promise<void> {
  const loops = Array.from({ length: availableParallelism() }, () =>
    spawn(process.execPath, ['-e', LOOP, String(lastsMs)], { stdio: 'ignore' }),
  );
  const ended = loops.map((loop) => once(loop, 'exit'));
  return async () => {
    for (const loop of loops) loop.kill('SIGKILL');
    await Promise.all(ended);
  };
}
