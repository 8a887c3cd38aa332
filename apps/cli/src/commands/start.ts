/** `tutti start`, which is `npm start`: the example of the specification in this process, then what to try next. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TuttiError } from '@tutti/contracts';
import type { Cli } from '../cli.ts';
import { run } from './run.ts';

const EXAMPLE = 'examples/product-design/workflow.yaml';

const NEXT = [
  '',
  'What to try next:',
  '  npx tutti plan examples/product-design/workflow.yaml            see what runs when, and why',
  '  npx tutti run examples/product-design/workflow.yaml --input idea="…"   with an idea of your own',
  '  npx tutti run examples/repo-audit/workflow.yaml --input repo=.  real work on a git repository',
  '  npx tutti dev examples/product-design/workflow.yaml             plan again whenever the file changes',
  '  docker compose up                                               the same as a cluster over NATS; needs Docker',
];

/** The checkout that holds this program: the nearest folder above that has the example. */
function findExample(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, EXAMPLE))) {
    const above = dirname(folder);
    if (above === folder) throw new TuttiError('bad_file', `Cannot find ${EXAMPLE} above this program`);
    folder = above;
  }
  return join(folder, EXAMPLE);
}

export async function start(cli: Cli, options: { readonly input: readonly string[] }): Promise<number> {
  // Whatever the environment names: this command is the one that needs nothing but Node.
  const { nats: _, ...globals } = cli.globals;
  const here: Cli = { io: cli.io, globals };
  return run(here, findExample(), { input: options.input, next: NEXT });
}
