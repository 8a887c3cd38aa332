import { z } from 'zod';
import { WORKFLOW_LIMITS } from './limits.ts';
import { workflowId } from './values.ts';

/**
 * The dialect of prompts, as options of LiquidJS: the planner reads a template as the agent's process will render it. A name that nobody
 * gives is an empty text and a filter that nobody knows changes nothing; there are no files, so no partials; dates are
 * in UTC and English, so that a prompt is the same on every machine.
 */
export const TEMPLATE_DIALECT = {
  strictFilters: false,
  strictVariables: false,
  ownPropertyOnly: true,
  templates: {},
  parseLimit: WORKFLOW_LIMITS.templateChars,
  timezoneOffset: 0,
  locale: 'en-US',
} as const;

/** What there is to know of a step's prompt, whose text is `with.prompt`, to render it over the agent's input. */
export const stepTemplate = z.strictObject({
  /** Where the text stands, as the workflow names it; absent: in the workflow itself. */
  file: z.string().min(1).max(1024).optional(),
  /** Other names that it uses for what stands in the input: a step's id, where the result is under its agent's name. */
  names: z.record(workflowId, workflowId).optional(),
});
export type StepTemplate = z.infer<typeof stepTemplate>;
