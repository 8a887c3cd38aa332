/** What one attempt wants to write: buffered here, sent with its outcome, committed by others or never. */
import { type ContextWrite, contextPath, isContextPath, TuttiError, type WorkflowJson } from '@tutti/contracts';
import { plainJson } from './plain-json.ts';

/** Writes of one attempt; the bound of the outcome's contract. */
export const MAX_WRITES = 10_000;

export interface WriteSet {
  set(path: string, value: unknown): void;
  delete(path: string): void;
  /** Adds what the function returned below the path that the order names; see `AgentSpec.run`. */
  addResult(resultPath: string, result: unknown): void;
  /** The writes in order. Nothing can be added afterwards. */
  close(): readonly ContextWrite[];
}

export function createWriteSet(): WriteSet {
  const writes = new Map<string, ContextWrite>();
  let closed = false;
  const put = (write: ContextWrite): void => {
    if (closed) throw bad(`${write.path} was written after the attempt had ended`);
    // The last write of a path stands, in its place of the order: an earlier one could be about a part of it.
    writes.delete(write.path);
    if (writes.size >= MAX_WRITES) throw bad(`More than ${MAX_WRITES} context values are written`);
    writes.set(write.path, write);
  };
  return {
    set: (path, value) => put({ op: 'set', path: checkPath(path), value: plainJson(value, `context.set(${path})`) }),
    delete: (path) => put({ op: 'delete', path: checkPath(path) }),
    addResult(resultPath, result) {
      for (const [key, value] of resultEntries(result)) {
        put({ op: 'set', path: checkPath(`${resultPath}/${escapeKey(key)}`), value });
      }
    },
    close() {
      closed = true;
      return [...writes.values()];
    },
  };
}

function resultEntries(result: unknown): readonly (readonly [string, WorkflowJson])[] {
  if (result === undefined) return [];
  const plain = plainJson(result, 'result');
  const isObject = typeof plain === 'object' && plain !== null && !Array.isArray(plain);
  return isObject ? Object.entries(plain) : [['result', plain]];
}

/** A key as a token of a JSON pointer (RFC 6901). */
export const escapeKey = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');

function checkPath(path: string): string {
  if (path === '') throw bad('The whole context cannot be replaced; write to paths below it');
  if (isContextPath(path)) return path;
  const checked = contextPath.safeParse(path);
  if (checked.success) return path;
  throw bad(`The context path ${JSON.stringify(path).slice(0, 200)} ${checked.error.issues[0]?.message ?? 'is wrong'}`);
}

function bad(message: string): TuttiError {
  return new TuttiError('bad_agent_output', message);
}
