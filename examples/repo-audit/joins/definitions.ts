import { HOT_SPOT_COMMITS } from '../readers/history.ts';
import type { Findings } from './report.ts';

/** What a number means, and the command that gives the same number. All commands run at the top of the repository. */
export interface Definition {
  readonly name: string;
  readonly value: number;
  readonly meaning: string;
  readonly command: string;
}

const summed = (command: string): string => `${command} | awk -F: '{ n += $NF } END { print n+0 }'`;

/** The numbers of the report that anyone can check with git and wc. A finding that is missing has no number. */
export function definitions({ languages, history, markers, docs }: Findings): Definition[] {
  const rows: Definition[] = [];
  const add = (name: string, value: number | undefined, meaning: string, command: string): void => {
    if (value !== undefined) rows.push({ name, value, meaning, command });
  };
  add('Tracked files', languages?.totals.tracked_files, 'Paths in the index, each once.', 'git ls-files | wc -l');
  add(
    'Text files',
    languages?.totals.text_files,
    'Tracked regular files in the working tree that are not empty and that git takes for text (no NUL in the first 8,000 bytes, unless an attribute says otherwise).',
    "git grep -I -z -l -e '' | tr -cd '\\0' | wc -c",
  );
  add(
    'Lines',
    languages?.totals.lines,
    'Newline characters in the text files, as `wc -l` counts; a last line without one does not count.',
    "git grep -I -z -l -e '' | xargs -0 cat -- | wc -l",
  );
  add('Commits', history?.totals.commits, 'Commits reachable from HEAD.', 'git rev-list --count HEAD');
  add(
    'Authors',
    history?.totals.authors,
    'Different author names, after the mailmap.',
    'git shortlog -sn HEAD | wc -l',
  );
  const hottest = history?.hot_spots.files[0];
  add(
    'Changes of the most changed file',
    hottest?.changes,
    `Commits among the newest ${HOT_SPOT_COMMITS} that changed it; merges are not compared, a renamed file is a new one.`,
    `git log -n${HOT_SPOT_COMMITS} --format= --name-only --no-renames | sort | uniq -c | sort -rn | head -1`,
  );
  for (const { marker, lines } of markers?.by_marker ?? []) {
    const command = summed(`git grep -I -c -e ${marker}`);
    add(`${marker} lines`, lines, 'Lines of text files that hold the word, also as part of a longer one.', command);
  }
  add(
    'Headings',
    docs?.totals.headings,
    'Lines of Markdown files that begin with 1 to 6 `#` and a space, also in code blocks.',
    summed("git grep -I -c -E -e '^#{1,6} ' -- '*.md'"),
  );
  return rows;
}
