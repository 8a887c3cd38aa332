/**
 * The context of a run in which nothing was committed. Its store writes nothing down before the first commit, so a crash may
 * leave it with none (docs/adr/0010); what the run was given stands in the run's own journal, and that is version 0.
 */
import type { MessageOf, RunView, WorkflowJson } from '@tutti/contracts';

type Json = WorkflowJson | undefined;

/** Undefined when the run has got further: then it is not its first version that is missing. */
export function firstVersionOf(
  { run, contextVersion, inputs }: RunView,
  { paths, version = 0 }: MessageOf<'run.context'>,
): MessageOf<'context.snapshot'> | undefined {
  if (contextVersion > 0 || version > 0 || inputs === undefined) return undefined;
  const values: Record<string, WorkflowJson> = {};
  for (const path of paths) {
    const value = valueAt({ inputs }, path);
    if (value !== undefined) values[path] = value;
  }
  return { type: 'context.snapshot', run, version: 0, values };
}

/** `path` is a JSON pointer. */
function valueAt(root: WorkflowJson, path: string): Json {
  let at: Json = root;
  for (const token of path.split('/').slice(1)) {
    const key = token.replaceAll('~1', '/').replaceAll('~0', '~');
    const isThere: boolean = typeof at === 'object' && at !== null && Object.hasOwn(at, key);
    at = isThere ? (at as Record<string, Json>)[key] : undefined;
  }
  return at;
}
