import { type Finding, type FindingCode, type Place, WORKFLOW_LIMITS } from '@tutti/contracts';

/** Collects findings up to the limit; what is beyond it is counted, so that a flood of errors stays a page. */
export interface FindingList {
  readonly file: string;
  add(code: FindingCode, at: Place, message: string, extra?: FindingExtra): void;
  hasErrors(): boolean;
  /** Sorted by place, with a last line that says how many were left out. */
  list(): Finding[];
}

export interface FindingExtra {
  readonly severity?: Finding['severity'];
  /** A function is asked only if the finding is kept: looking for the word that was meant costs a search. */
  readonly suggestion?: string | undefined | (() => string | undefined);
}

const SEVERITY_ORDER = { error: 0, warning: 1, note: 2 } as const;

export function findingList(file: string): FindingList {
  const kept: Finding[] = [];
  const seen = new Set<string>();
  let omitted = 0;
  let errors = 0;
  return {
    file,
    add(code, at, message, extra = {}) {
      const severity = extra.severity ?? 'error';
      const said = oneLine(message);
      const key = `${code} ${at.line} ${at.col} ${said}`;
      if (seen.has(key)) return;
      if (severity === 'error') errors += 1;
      // Errors have half the room for themselves: a flood of notes must not hide why a file is refused.
      const room = severity === 'error' ? WORKFLOW_LIMITS.findings : WORKFLOW_LIMITS.findings / 2;
      if (kept.length >= room) {
        omitted += 1;
        return;
      }
      seen.add(key);
      const hint = typeof extra.suggestion === 'function' ? extra.suggestion() : extra.suggestion;
      const suggestion = hint === undefined ? {} : { suggestion: oneLine(hint) };
      kept.push({ code, severity, ...at, message: said, ...suggestion });
    },
    hasErrors: () => errors > 0,
    list() {
      const sorted = kept.toSorted(
        (a, b) => a.line - b.line || a.col - b.col || SEVERITY_ORDER[a.severity] - SEVERITY_ORDER[b.severity],
      );
      if (omitted === 0) return sorted;
      const severity = errors > 0 ? 'error' : 'note';
      const message = `${omitted} more findings are not listed (limit ${WORKFLOW_LIMITS.findings})`;
      return [...sorted, { code: 'too_many', severity, file, line: 1, col: 1, message }];
    },
  };
}

const MESSAGE_CHARS = 400;

/** Line ends would break `file:line:col: …`; controls and changes of direction would fool whoever reads a terminal. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** What a message quotes of a file, made safe to print: one line of bounded length in which everything can be seen. */
function oneLine(message: string): string {
  const short = message.length > MESSAGE_CHARS ? `${message.slice(0, MESSAGE_CHARS - 1)}…` : message;
  return short.replace(UNSEEN, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16).toUpperCase()}}`);
}
