import { z } from 'zod';
import { grep, grepCounts, type Repository } from '../git/repository.ts';
import { addTo, largest, shown, type Work } from './call.ts';
import { classifySecret, SECRET_PATTERNS } from './secrets.ts';

const count = z.number().int().nonnegative();
const MARKERS = ['TODO', 'FIXME', 'HACK', 'XXX'] as const;
const TOP_FILES = 10;
const MAX_SECRETS = 100;
const NEWLINE = 0x0a;

export const markersOutput = z.object({
  totals: z.object({
    /** Lines that hold one of the markers: `git grep -I -c -E -e 'TODO|FIXME|HACK|XXX'`, summed. */
    marked_lines: count,
    files: count,
    /** Strings that look like secrets and not like samples. */
    secrets: count,
    secret_samples: count,
  }),
  /** Lines by marker: `git grep -I -c -e MARKER`, summed. A line with two markers counts for both. */
  by_marker: z.array(z.object({ marker: z.string(), lines: count, files: count })),
  top_files: z.array(z.object({ path: z.string(), lines: count })),
  /** The first 100, redacted. */
  secrets: z.array(
    z.object({ path: z.string(), line: count, kind: z.string(), redacted: z.string(), sample: z.boolean() }),
  ),
});
export type MarkersOutput = z.infer<typeof markersOutput>;

/** Counts what people left to do, and looks for strings that should not be in a repository. */
export async function readMarkers(repository: Repository, work: Work): Promise<MarkersOutput> {
  work.progress(0, MARKERS.join(', '));
  const byFile = new Map<string, number>();
  const counts = grepCounts(repository, ['-E', '-e', MARKERS.join('|')], work.signal);
  for await (const { path, lines } of counts) addTo(byFile, path, lines);
  const byMarker: MarkersOutput['by_marker'] = [];
  for (const [index, marker] of MARKERS.entries()) {
    work.progress(0.2 + 0.1 * index, marker);
    byMarker.push({ marker, ...(await countMarker(repository, marker, work.signal)) });
  }
  work.progress(0.6, 'strings that look like secrets');
  const { secrets, real, samples } = await findSecrets(repository, work.signal);
  const marked = [...byFile.values()].reduce((sum, lines) => sum + lines, 0);
  return {
    totals: { marked_lines: marked, files: byFile.size, secrets: real, secret_samples: samples },
    by_marker: byMarker,
    top_files: largest(byFile, TOP_FILES).map(({ name, count: lines }) => ({ path: name, lines })),
    secrets,
  };
}

async function countMarker(repository: Repository, marker: string, signal: AbortSignal) {
  const sum = { lines: 0, files: 0 };
  for await (const { lines } of grepCounts(repository, ['-e', marker], signal)) {
    sum.lines += lines;
    sum.files += 1;
  }
  return sum;
}

async function findSecrets(repository: Repository, signal: AbortSignal) {
  const secrets: MarkersOutput['secrets'] = [];
  let real = 0;
  let samples = 0;
  let pathStart = '';
  // `path NUL line NUL match LF`; a newline in a path ends a record too early, so it is put together again.
  for await (const record of grep(repository, ['-o', '-n', '-E', ...SECRET_PATTERNS], signal, NEWLINE)) {
    const [path = '', line, match] = shown(record).split('\0');
    if (line === undefined || match === undefined) {
      pathStart += `${path}\n`;
      continue;
    }
    const hit = classifySecret(match);
    if (hit.sample) samples += 1;
    else real += 1;
    if (secrets.length < MAX_SECRETS) secrets.push({ path: pathStart + path, line: Number(line), ...hit });
    pathStart = '';
  }
  return { secrets, real, samples };
}
