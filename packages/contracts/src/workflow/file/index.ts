export { parseCommand } from './command.ts';
export { type WorkflowFile, type WorkflowFileInput, workflowFile } from './file.ts';
export type { FileCrossValidation, FileEnhancedStep, FileGroup } from './groups.ts';
export type { FileListedStep, FileMappedStep, FileNeeds, FileParallelAgent, FileStepKeys } from './steps.ts';
export {
  type ContextAccess,
  type DurationRange,
  type Parsed,
  parseAccess,
  parseCriteria,
  parseDuration,
  parseSize,
} from './words.ts';
