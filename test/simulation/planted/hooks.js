/**
 * Plants bugs while the engine's sources are loaded: each file named by a bug gets its text changed at one place. Runs in
 * Node's thread for such hooks, before TypeScript is taken out of the source.
 */

/** @type {readonly { readonly name: string, readonly file: string, readonly from: string, readonly to: string }[]} */
let bugs = [];

export function initialize(data) {
  bugs = data;
}

export async function load(url, context, next) {
  const loaded = await next(url, context);
  const here = bugs.filter(({ file }) => url.endsWith(`/${file}`));
  if (here.length === 0) return loaded;
  return { ...loaded, source: here.reduce(planted, String(loaded.source)) };
}

/** The text with one bug in it that is asleep until the simulation names it. */
function planted(text, { name, file, from, to }) {
  const parts = text.split(from);
  if (parts.length !== 2) throw new Error(`Bug "${name}": its place stands ${parts.length - 1} times in ${file}`);
  return parts.join(to.replaceAll('PLANTED', `(globalThis.tuttiPlanted === '${name}')`));
}
