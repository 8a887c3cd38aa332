/**
 * `npm run docs`: writes what is generated from the contracts, and says what changed in them. A change that would break
 * a peer or a script of yesterday is written only with `--breaking`, so that it is a decision and not a slip.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { REPOSITORY } from '../tree.ts';
import { compareManifests, lineOf } from './compare.ts';
import { checkedIn, checkedInManifest, generatedFiles } from './files.ts';
import { currentManifest } from './manifest.ts';

const before = checkedInManifest();
const changes = before === undefined ? [] : compareManifests(before, currentManifest());
for (const change of changes) console.log(lineOf(change));

if (changes.some(({ breaking }) => breaking) && !process.argv.includes('--breaking')) {
  console.error('Nothing was written: the contracts break. If that is meant: npm run docs -- --breaking');
  process.exit(1);
}
for (const [path, text] of Object.entries(generatedFiles())) {
  if (checkedIn(path) === text) continue;
  mkdirSync(dirname(join(REPOSITORY, path)), { recursive: true });
  writeFileSync(join(REPOSITORY, path), text);
  console.log(`wrote ${path}`);
}
