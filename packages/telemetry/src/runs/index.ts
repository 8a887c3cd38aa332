/** What the events of a run tell of it. No I/O, and nothing of logs or meters: whoever shows a run needs no more than this. */
export { decidingPath } from './deciding-path.ts';
export { rowsOf, type Work, workOf } from './figures.ts';
export { metricsOf } from './metrics.ts';
export {
  createBoard,
  type ExpectedStep,
  foldEvent,
  type GroupRow,
  type RunBoard,
  stepsBy,
  typedEvent,
  type ValidationRow,
} from './run-board.ts';
export { type StepEnd, type StepRow, stretchesOf, timeIn } from './step-row.ts';
export { NOTABLE_WAIT_MS, type Phase, type Stretch, type Wait } from './stretches.ts';
export { PATH_KINDS, type PathKind, type PathPart, type TimePath, timePath } from './time-path.ts';
