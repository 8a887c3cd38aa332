// Lets one Node process import TypeScript with nothing built: ours (`@tutti/*` resolves to `src/`) and a user's agents.
//
// Why it exists, and why tsx: docs/adr/0001-run-from-source-without-build.md.
// This file is both the registrar (imported by the programs in bin/) and the hook itself (loaded by Node on its loader
// thread where hooks run off the main thread), so it stays free of side effects and imports nothing but Node.

import module from 'node:module';

/** The condition in every package's `exports` that names its TypeScript source. */
export const SOURCE_CONDITION = '@tutti/source';

const OURS = /^@tutti\//;
// An agent file needs nothing installed beside it but these; a folder that has its own zod keeps it.
const LENT = /^zod(\/|$)/;
const NOT_FOUND = new Set(['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND']);

let fromSource = false;

/** Called by Node on the loader thread with what {@link register} passed. */
export function initialize(data) {
  fromSource = data?.fromSource === true;
}

function sourceContext(context) {
  if (!fromSource || context.conditions?.includes(SOURCE_CONDITION)) return context;
  return { ...context, conditions: [SOURCE_CONDITION, ...(context.conditions ?? [])] };
}

/**
 * `@tutti/*` always resolves from here: two copies of the contract in one process would not recognise each other's
 * errors. Everything else resolves as Node would, from the importing file; zod falls back to ours.
 */
export function resolve(specifier, context, nextResolve) {
  if (OURS.test(specifier)) return nextResolve(specifier, { ...sourceContext(context), parentURL: import.meta.url });
  const retry = (cause) => {
    if (!LENT.test(specifier) || !NOT_FOUND.has(cause?.code)) throw cause;
    return nextResolve(specifier, { ...context, parentURL: import.meta.url });
  };
  return attempt(() => nextResolve(specifier, context), asModule, retry);
}

/**
 * TypeScript of ours is always ESM. A folder with no package.json would make it CommonJS, whose `require` these hooks
 * do not see on every Node; who wants CommonJS says so with `.cts`.
 */
function asModule(found) {
  return /\.tsx?(\?|$)/.test(found.url) ? { ...found, format: 'module' } : found;
}

/** The hooks answer with a promise on the loader thread, and with a value where they run in this thread. */
function attempt(run, then, retry) {
  try {
    const found = run();
    return typeof found?.then === 'function' ? found.then(then, retry) : then(found);
  } catch (cause) {
    return retry(cause);
  }
}

let registered;

/**
 * Registers tsx and the hook above, once a process; further calls wait for the first.
 *
 * @param {{ source: boolean }} options `source`: resolve `@tutti/*` to TypeScript source. Without it they resolve to
 *   their built `dist/`, and only the user's own files are TypeScript.
 * @returns {Promise<void>}
 */
export function register({ source }) {
  registered ??= start(source);
  return registered;
}

async function start(source) {
  const tsx = await import('tsx/esm/api');
  tsx.register();
  // Registered last is asked first, so tsx sees the conditions that this hook adds.
  if (typeof module.registerHooks === 'function') {
    fromSource = source;
    module.registerHooks({ resolve });
  } else {
    module.register(import.meta.url, { data: { fromSource: source } });
  }
}
