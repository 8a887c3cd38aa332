/** Every checked-in file that is made from the contracts, by its path from the repository's root. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventJsonSchema } from '@tutti/contracts';
import { workflowJsonSchema } from '@tutti/planner';
import { REPOSITORY } from '../tree.ts';
import { errorsPage } from './errors-page.ts';
import { currentManifest, type Manifest } from './manifest.ts';
import { metricsPage } from './metrics-page.ts';
import { protocolPage } from './protocol-page.ts';

export const MANIFEST = 'packages/contracts/contracts.json';

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

export function generatedFiles(): Readonly<Record<string, string>> {
  const manifest = currentManifest();
  return {
    [MANIFEST]: json(manifest),
    'docs/protocol.md': protocolPage(manifest),
    'docs/errors.md': errorsPage(),
    'docs/metrics.md': metricsPage(),
    'docs/schema/events.schema.json': json(eventJsonSchema()),
    'docs/schema/workflow.schema.json': json(workflowJsonSchema()),
  };
}

/** A checked-in file as it stands; empty when it is not there. */
export function checkedIn(path: string): string {
  try {
    return readFileSync(join(REPOSITORY, path), 'utf8');
  } catch {
    return '';
  }
}

export const checkedInManifest = (): Manifest | undefined => {
  const text = checkedIn(MANIFEST);
  return text === '' ? undefined : (JSON.parse(text) as Manifest);
};
