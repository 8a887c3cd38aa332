/** The board of a running workflow as lines: never wider or taller than it is told. */

import { type GroupRow, type RunBoard, type StepRow, stepsBy, timeIn } from '@tutti/telemetry/runs';
import { progressBar } from '../text/bar.ts';
import { oneLine } from '../text/clean.ts';
import { cutLine, type Line } from '../text/line.ts';
import { amount, span } from '../text/units.ts';
import { fit, widthOf } from '../text/width.ts';
import { namedText, waitText } from './event-line.ts';

export interface BoardView {
  readonly columns: number;
  /** Most lines to make. */
  readonly rows: number;
  readonly nowMs: number;
  readonly unicode: boolean;
}

const BAR_CELLS = 12;
const MAX_NAME_CELLS = 24;
/** On a short terminal the running steps come first, then what else there is, then the waiting ones. */
const MOST_WAITING = 8;

interface Marks {
  readonly running: string;
  readonly waiting: string;
}
const marks = (unicode: boolean): Marks => (unicode ? { running: '▶', waiting: '◌' } : { running: '>', waiting: '-' });

function header(board: RunBoard, view: BoardView): Line {
  const total = board.submitted?.steps ?? board.steps.size;
  const { ended } = stepsBy(board);
  const elapsed = board.submitted === undefined ? 0 : Math.max(0, view.nowMs - board.submitted.atMs);
  const share = total === 0 ? 0 : ended.length / total;
  const planned = board.submitted === undefined ? '' : ` of ${span(board.submitted.plannedMs)} planned`;
  const expected = board.forecast === undefined ? '' : `, ${span(board.forecast.predictedEndMs)} expected`;
  const paused = board.paused === undefined ? '' : `  paused by ${oneLine(board.paused.by)}`;
  const state = board.cancelling === undefined ? paused : '  cancelling (Ctrl-C again forces)';
  return [
    [oneLine(board.submitted?.workflow ?? 'submitting'), 'bold'],
    [`  ${board.run ?? ''}  `, 'dim'],
    [progressBar(share, BAR_CELLS, view.unicode), 'accent'],
    [` ${ended.length}/${total} steps  ${span(elapsed)}${planned}${expected}`],
    [state, 'warn'],
  ];
}

function runningLine(row: StepRow, name: string, view: BoardView): Line {
  const bar = row.fraction === undefined ? ' '.repeat(BAR_CELLS) : progressBar(row.fraction, BAR_CELLS, view.unicode);
  const percent = row.fraction === undefined ? '    ' : `${Math.round(row.fraction * 100)}%`.padStart(4);
  const again = row.attempt > 1 ? `  attempt ${row.attempt}` : '';
  return [
    [`  ${marks(view.unicode).running} `, 'accent'],
    [name],
    [` ${bar}${percent}`, 'accent'],
    [`  ${span(view.nowMs - row.sinceMs).padStart(8)}`],
    [again, 'warn'],
    [`  ${oneLine(row.note ?? '')}`, 'dim'],
  ];
}

/** What a step waits for: the supervisor's word, else the steps of the plan that are not over. */
export function waitOf(row: StepRow, board: RunBoard): string {
  if (row.wait !== undefined && row.wait.kind !== 'step') return oneLine(waitText(row.wait));
  if (row.phase === 'pool') return 'room in the pool';
  if (row.phase === 'instance') return 'an instance';
  if (row.phase === 'person') return 'its answer to be recorded';
  const open = row.after.filter((id) => {
    const group = board.groups.get(id);
    return group === undefined ? board.steps.get(id)?.phase !== 'ended' : group.decision === undefined;
  });
  if (open.length > 0) return open.join(', ');
  return row.wait === undefined ? 'its inputs' : oneLine(waitText(row.wait));
}

function waitingLine(row: StepRow, name: string, board: RunBoard, view: BoardView): Line {
  const since = row.phase === 'inputs' ? '' : `  ${span(timeIn(row, row.phase, view.nowMs))}`;
  return [
    [`  ${marks(view.unicode).waiting} `, 'dim'],
    [name, 'dim'],
    [` waits for ${waitOf(row, board)}${since}`, 'dim'],
  ];
}

function barrierLine(group: GroupRow, board: RunBoard, view: BoardView): Line {
  const arrived = group.members.filter((id) => board.steps.get(id)?.phase === 'ended').length;
  const left = group.deadlineMs - (board.paused?.atMs ?? view.nowMs);
  const closing = left > 0 ? `, closes in ${span(left)} at the latest` : ', its time is over';
  return [['  barrier  ', 'dim'], [oneLine(group.id)], [`  ${arrived} of ${group.members.length} in${closing}`, 'dim']];
}

function footer(board: RunBoard, view: BoardView): Line[] {
  const lines: Line[] = [];
  const pool = board.pool;
  if (pool !== undefined) {
    const use = (used: number, limit: number): string => `${amount(used)}/${amount(limit)}`;
    lines.push([
      ['  pool     ', 'dim'],
      [`cpu ${use(pool.cpu, pool.cpuLimit)}  memory ${use(pool.memory, pool.memoryLimit)}`],
      [`  agents ${use(pool.agents, pool.agentsLimit)}  ${namedText(pool.named, '  ')}${pool.waiting} waiting`],
      [pool.open ? '' : '  not open yet', 'warn'],
    ]);
  }
  for (const group of board.groups.values()) {
    if (group.decision === undefined) lines.push(barrierLine(group, board, view));
  }
  for (const { group, validator, of, result } of board.validations.values()) {
    if (result === undefined)
      lines.push([
        ['  judging  ', 'dim'],
        [oneLine(of)],
        [`  by ${oneLine(validator)}, after the join of ${oneLine(group)}`, 'dim'],
      ]);
  }
  const conflicts = board.conflicts.length === 0 ? '' : `  ${board.conflicts.length} conflicts`;
  lines.push([['  context  ', 'dim'], [`version ${board.contextVersion}`], [conflicts, 'bad']]);
  return lines;
}

/** At most `room` lines; what does not fit is counted in the last one. */
function crop(lines: readonly Line[], room: number, what: string): readonly Line[] {
  if (lines.length <= room) return lines;
  if (room <= 0) return [];
  return [...lines.slice(0, room - 1), [[`  … ${lines.length - room + 1} more ${what}`, 'dim']]];
}

/** The board's lines, most important first kept: the header, what runs, the state of pool and barriers, what waits. */
export function boardLines(board: RunBoard, view: BoardView): readonly Line[] {
  if (view.rows <= 0) return [];
  const { running, waiting } = stepsBy(board);
  const names = [...running, ...waiting].map((row) => widthOf(oneLine(row.id)));
  const cells = Math.min(MAX_NAME_CELLS, Math.max(8, ...names));
  const name = (row: StepRow): string => fit(oneLine(row.id), cells);
  let room = view.rows - 1;
  const take = (lines: readonly Line[], most: number, what: string): readonly Line[] => {
    const taken = crop(lines, Math.min(room, most), what);
    room -= taken.length;
    return taken;
  };
  const bottom = footer(board, view);
  const active = take(
    running.map((row) => runningLine(row, name(row), view)),
    Math.max(1, room - Math.min(bottom.length, 3)),
    'running',
  );
  const foot = take(bottom, room, 'barriers');
  const idle = take(
    waiting.map((row) => waitingLine(row, name(row), board, view)),
    MOST_WAITING,
    'waiting',
  );
  return [header(board, view), ...active, ...idle, ...foot].map((line) => cutLine(line, view.columns));
}
