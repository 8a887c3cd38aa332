import { z } from 'zod';

/** A place in a file: 1-based line and column. */
export const place = z.strictObject({ file: z.string(), line: z.number().int(), col: z.number().int() });
export type Place = z.infer<typeof place>;

/**
 * Every code that the loader, the lint and the planner can find. An `error` refuses the file; a `warning` is likely a
 * mistake; a `note` says what was assumed.
 */
export const FINDINGS = {
  // The text.
  file_too_large: 'The file is over the limit of bytes.',
  bad_encoding: 'The file is not clean UTF-8 text.',
  too_deep: 'The nesting is over the limit.',
  yaml_syntax: 'The text is not valid YAML.',
  duplicate_key: 'One mapping has the same key twice.',
  several_documents: 'The file holds several documents; a workflow is one.',
  empty_document: 'There is nothing in the file.',
  alias_expansion: 'Aliases would expand to more than the limit.',
  unsupported_tag: 'A tag of YAML that a workflow has no use for.',
  merge_key: 'Merge keys (<<) are not supported; write the keys out.',
  forbidden_key: 'The key would reach an object prototype.',
  bad_key: 'A key must be plain text.',
  // The shape.
  wrong_type: 'The value has the wrong type.',
  unknown_key: 'No such key here.',
  missing_key: 'A required key is missing.',
  bad_value: 'The value is not one of those allowed.',
  bad_number: 'The number is not finite, not exact, or out of range.',
  bad_duration: 'Not a duration.',
  bad_size: 'Not a size.',
  bad_id: 'An id must be 1–64 letters, digits, "_" or "-".',
  bad_resource: 'Not a resource word and not a number of units.',
  bad_access: 'Not a context access word.',
  // The meaning.
  no_steps: 'The workflow has no steps.',
  duplicate_id: 'Two things have the same id.',
  unknown_agent: 'No such agent in this workflow.',
  missing_agent_file: 'A file of agents that the workflow names is not there.',
  unknown_step: 'No such step, agent or group.',
  unknown_producer: 'Nothing in the workflow writes this.',
  ambiguous_reference: 'The name fits several steps.',
  self_reference: 'The step refers to itself.',
  cycle: 'The steps wait for each other in a circle.',
  never_fits: 'The need is larger than the whole pool.',
  too_many: 'A limit of the format was reached.',
  ownership_violated: 'A step writes a root that another agent owns.',
  owned_twice: 'Two agents own the same root.',
  unknown_resource: 'The pool has no resource of this name.',
  self_validation: 'A step is the only producer of what it validates.',
  // The advice.
  parallel_writers: 'Two steps that may run at once declare the same output.',
  undeclared_read: 'A template reads what is not declared.',
  bad_template: 'A template cannot be read, or does something else than it looks like.',
  undeclared_output: 'The producer declares no such output.',
  unused_output: 'Nobody reads this output.',
  no_estimate: 'No estimate was given; the default holds.',
  short_timeout: 'The time-out is shorter than the estimate.',
  ignored_key: 'The key means nothing for a step of this type, or something else stands in its place.',
  fixed_value: 'The engine has one way here, and it is another one.',
  long_wait: 'Something else ends the wait before its own time-out.',
  short_barrier: 'The barrier times out before its members can end.',
  group_never_fits: 'The members of a parallel group can never run all at once.',
  refined_group: 'One block refines a group of another block.',
  repeated_agent: 'The agent stands in several groups.',
  ignored_block: 'The block is accepted and has no effect.',
  no_agent: 'A step of a converted file names no agent.',
  open_agent: 'A step of a converted file leaves open who does it.',
  repeated_step: 'A step of a converted file is to be repeated; it is planned once.',
  optional_step: 'A step of a converted file is optional or has a condition; it is planned as if it were done.',
  unknown_artifact: 'A step of a converted file requires what no step before it creates.',
  secret_literal: 'The text looks like a secret; a workflow is no place for it.',
} as const;
export type FindingCode = keyof typeof FINDINGS;

const CODES = Object.keys(FINDINGS) as [FindingCode, ...FindingCode[]];

export const finding = z.strictObject({
  code: z.enum(CODES),
  severity: z.enum(['error', 'warning', 'note']),
  file: z.string(),
  line: z.number().int(),
  col: z.number().int(),
  message: z.string(),
  suggestion: z.string().optional(),
});
export type Finding = z.infer<typeof finding>;

/** `file:line:col: code: message (suggestion)`: the form that editors and people both know. */
export const formatFinding = (finding: Finding): string => {
  const hint = finding.suggestion === undefined ? '' : ` (${finding.suggestion})`;
  return `${finding.file}:${finding.line}:${finding.col}: ${finding.code}: ${finding.message}${hint}`;
};
