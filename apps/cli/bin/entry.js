// Starts one of our programs from its build when that is fresh, else straight from its TypeScript source.

import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { register } from './source-hook.js';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');

function newestSource(folder) {
  let newest = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.ts') || entry.name.includes('.test')) continue;
    newest = Math.max(newest, statSync(join(entry.parentPath ?? entry.path, entry.name)).mtimeMs);
  }
  return newest;
}

function isFresh(room) {
  const built = join(room, 'dist/.tsbuildinfo');
  if (!existsSync(built)) return false;
  return !existsSync(join(room, 'src')) || statSync(built).mtimeMs >= newestSource(join(room, 'src'));
}

/** Every room must be fresh: half a build beside half a source would be two programs in one. */
function isBuilt(app) {
  if (existsSync(join(app, 'src')) === false) return true;
  if (!isFresh(app)) return false;
  const packages = join(ROOT, 'packages');
  return readdirSync(packages).every(
    (name) => !existsSync(join(packages, name, 'src')) || isFresh(join(packages, name)),
  );
}

/**
 * Imports `main` of an app and runs it in this process.
 *
 * @param {string} binUrl `import.meta.url` of the program in the app's `bin/`
 * @returns {Promise<void>} settles when `main(argv): Promise<number>` has; its number becomes the exit code
 */
export async function runApp(binUrl) {
  const app = resolve(dirname(fileURLToPath(binUrl)), '..');
  const from = process.env.TUTTI_FROM ?? (isBuilt(app) ? 'dist' : 'source');
  if (from === 'source') await register({ source: true });
  const file = from === 'source' ? join(app, 'src/main.ts') : join(app, 'dist/main.js');
  const { main } = await import(pathToFileURL(file).href);
  process.exitCode = await main(process.argv.slice(2));
}
