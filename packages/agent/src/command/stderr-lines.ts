/** Cuts what a program says on stderr into lines, and remembers the last ones. */

/** Lines kept for the error of a program that fails; the rest is in the log. */
const KEPT_LINES = 20;
/** Characters of one line; a longer one is cut into several. */
const LINE_CHARS = 1_000;

export interface StderrLines {
  push(chunk: Buffer): void;
  /** Tells an unfinished last line too; returns the last lines. */
  end(): readonly string[];
}

export function createStderrLines(tell: (line: string) => void): StderrLines {
  const decoder = new TextDecoder();
  const kept: string[] = [];
  let open = '';
  const take = (line: string): void => {
    const clean = line.replace(/\r$/, '');
    if (clean === '') return;
    kept.push(clean);
    if (kept.length > KEPT_LINES) kept.shift();
    tell(clean);
  };
  const add = (text: string): void => {
    const lines = (open + text).split('\n');
    open = lines.pop() ?? '';
    for (const line of lines) for (const part of pieces(line)) take(part);
    while (open.length > LINE_CHARS) {
      take(open.slice(0, LINE_CHARS));
      open = open.slice(LINE_CHARS);
    }
  };
  return {
    push: (chunk) => add(decoder.decode(chunk, { stream: true })),
    end() {
      add(decoder.decode());
      take(open);
      open = '';
      return kept;
    },
  };
}

function pieces(line: string): string[] {
  if (line.length <= LINE_CHARS) return [line];
  return Array.from({ length: Math.ceil(line.length / LINE_CHARS) }, (_, i) =>
    line.slice(i * LINE_CHARS, (i + 1) * LINE_CHARS),
  );
}
