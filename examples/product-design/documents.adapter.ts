/** Renders the documents and puts them on the disk. */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Liquid } from 'liquidjs';

const TEMPLATES = fileURLToPath(new URL('./templates', import.meta.url));

/** Templates come from this folder only; what the idea says is a value and never a template. */
const liquid = new Liquid({
  root: TEMPLATES,
  extname: '.md.liquid',
  cache: true,
  strictFilters: true,
  strictVariables: false,
  ownPropertyOnly: true,
  trimTagRight: false,
  greedy: false,
});

/** Text of the user inside a table or a sentence: it shows as it is and shapes nothing. */
liquid.registerFilter('md', (value: unknown) =>
  String(value ?? '')
    .replace(/\s+/g, ' ')
    .replace(/[\\`*<>[\]|]/g, (character) => `\\${character}`),
);
liquid.registerFilter('list', (value: unknown) => (Array.isArray(value) && value.length > 0 ? value.join(', ') : '–'));
/** A label of a diagram: letters, digits and blanks. */
liquid.registerFilter('label', (value: unknown) => String(value ?? '').replace(/[^\p{L}\p{N} .-]+/gu, ' '));
liquid.registerFilter('node', (value: unknown) => String(value ?? '').replace(/[^\p{L}\p{N}]+/gu, '_'));

export async function render(template: string, view: object): Promise<string> {
  const text = await liquid.renderFile(template, view);
  return `${text.replace(/\n{3,}/g, '\n\n').trim()}\n`;
}

/**
 * Writes a file whole or not at all. `writer` names the attempt, so that two attempts never share a temporary file.
 * @returns the path, relative to where the process was started when it is below it.
 */
export async function writeDocument(folder: string, name: string, text: string, writer: string, signal: AbortSignal) {
  const target = resolve(folder, name);
  const temporary = `${target}.${writer.replace(/[^A-Za-z0-9_-]/g, '-').slice(-80)}.tmp`;
  await mkdir(resolve(folder), { recursive: true });
  try {
    await writeFile(temporary, text, { encoding: 'utf8', signal });
    signal.throwIfAborted();
    await rename(temporary, target);
  } finally {
    await rm(temporary, { force: true });
  }
  const below = relative('.', target);
  return below.startsWith('..') ? target : join('.', below);
}
