import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { psplibBench } from './bench.ts';

/** Two activities of 3 and 4 that cannot run together, before one of 2: 9 at the least. */
const base = { dur: [0, 3, 4, 2, 0], succ: [[1, 2], [3], [3], [4], []] };
const lines = {
  renewable: { ...base, id: 'r', req: [[0], [2], [2], [1], [0]], cap: [3], bestKnown: 9 },
  pool: { ...base, id: 'p', cpu: [0, 80, 80, 5, 0], mem: [0, 5, 5, 5, 0], bestKnown: 9 },
  traces: { id: 't', dur_ms: [3, 4, 2], cpu_units: [5, 5, 5], mem_units: [5, 5, 5], succ: [[], [], []] },
};

function folder(files: Readonly<Record<string, object>>): string {
  const path = mkdtempSync(join(tmpdir(), 'psplib-'));
  for (const [name, value] of Object.entries(files))
    writeFileSync(join(path, `${name}.jsonl`), `${JSON.stringify(value)}\n`);
  return path;
}

it('reads every form of instance and says how far each set is from the best known', () => {
  const rows = [...psplibBench(folder(lines), 5)];
  expect(rows.map(({ set }) => set)).toEqual(['pool', 'renewable', 'traces']);
  expect(rows[0]).toMatchObject({ instances: 1, averageGapPercent: 0, solved: 1, improved: 0, proved: 1 });
  expect(rows[1]).toMatchObject({ averageGapPercent: 0, worstGapPercent: 0, solved: 1, proved: 1 });
  expect(rows[2]).toMatchObject({ averageGapPercent: null, worstGapPercent: null, solved: 0, proved: 1 });
});

it('counts a schedule that is shorter than any known', () => {
  const [row] = psplibBench(folder({ a: { ...lines.renewable, bestKnown: 10 } }), 5);
  expect(row).toMatchObject({ averageGapPercent: -10, solved: 1, improved: 1 });
});

it('says what is wrong with a folder or a line', () => {
  expect(() => [...psplibBench(folder({}), 5)]).toThrow(/holds no \*\.jsonl files/);
  expect(() => [...psplibBench(folder({ a: { id: 'x', succ: [] } }), 5)]).toThrow(/neither "dur" nor "dur_ms"/);
});
