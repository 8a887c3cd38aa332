/**
 * Every limit of a workflow, by name. A refusal quotes the limit and the value that broke it.
 */
export const WORKFLOW_LIMITS = {
  /** Bytes of a workflow file: some 15,000 steps as people write them; the seed's eight blocks take 10 KB. */
  fileBytes: 1_048_576,
  /** Lexical tokens of a file: five times what a full file of steps needs, and parsed in some 2 s. */
  fileTokens: 500_000,
  /** Nesting of a file or of a value; the deepest path of the specification has 6 levels. */
  depth: 64,
  /** Aliases of a file; people use a handful. */
  aliases: 100,
  /** Values that aliases may add by standing for something larger; more is an expansion attack, not a workflow. */
  aliasNodes: 10_000,
  /** Findings reported for one file; the rest is counted, not listed. */
  findings: 100,
  /** Steps of one workflow: the planner's own limit, far above what one file can hold. */
  steps: 100_000,
  /** Inputs, outputs or dependencies of one step. */
  refsPerStep: 10_000,
  /** Characters of an id: the limit of a subject token. */
  idChars: 64,
  /** Characters of a free text, such as a description. */
  textChars: 10_000,
  /** Characters of a prompt template: several times the longest prompt that people write. */
  templateChars: 200_000,
  /** The longest duration: 31 days. A longer one is a mistake in the unit. */
  durationMs: 31 * 24 * 3_600_000,
  /** Attempts of one step. */
  attempts: 100,
  /** Validations of one workflow, each of which may take an attempt: thirty agents that all judge each other are 870. */
  validations: 1_000,
  /** Edges that a plan lists; beyond it the plan still honours them all. */
  planEdges: 200_000,
} as const;
