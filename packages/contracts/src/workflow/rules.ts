import type { Finding, FindingCode } from './finding.ts';

/** What a rule of the lint is for. `docs/errors.md` is made of it, with a file that trips the rule and one that does not. */
export interface Rule {
  /** The severities that it may have; an error refuses the file. */
  readonly severity: readonly Finding['severity'][];
  /** Why it is worth a finding. */
  readonly why: string;
  readonly fix: string;
}

/**
 * The rules about what a file means, as against how it is written. Each has two files in the planner's `lint/rules`: one that
 * trips it and a near miss.
 */
export const RULES = {
  no_steps: {
    severity: ['error'],
    why: 'There is nothing to run.',
    fix: 'Write steps under "steps", or agents under "execution_groups".',
  },
  duplicate_id: {
    severity: ['error'],
    why: 'An id is an address: of messages, of results, of what others wait for. Two things cannot share one.',
    fix: 'Rename one; steps may share an agent.',
  },
  unknown_agent: {
    severity: ['error', 'warning'],
    why: 'A specification, a validation or an ownership for an agent that has no step here would silently do nothing. A step whose agent is spelt nearly like one under "agents" would wait for an agent that nobody offers.',
    fix: 'Correct the name, or add the step.',
  },
  missing_agent_file: {
    severity: ['warning'],
    why: 'A run in one process loads this file, and ends before its first step. In a cluster processes of agents offer them, and the file need not be here.',
    fix: 'Correct the path; it is relative to the folder of the workflow file.',
  },
  unknown_step: {
    severity: ['error'],
    why: 'Whoever waits for what never comes waits for ever.',
    fix: 'Correct the name; the suggestion is the nearest one that exists.',
  },
  unknown_producer: {
    severity: ['error'],
    why: 'The value would never be there: no step, no run input and no owned root has this name.',
    fix: 'Correct the reference, declare the run input, or add the step that makes it.',
  },
  ambiguous_reference: {
    severity: ['error'],
    why: 'An agent with several steps has several results; which one is meant is not ours to guess.',
    fix: 'Name the step instead of the agent.',
  },
  self_reference: {
    severity: ['error'],
    why: 'A step cannot wait for itself, nor for the group that it is a member of.',
    fix: 'Take the reference away, or make it two steps.',
  },
  cycle: {
    severity: ['error'],
    why: 'None of these steps could ever start. The message names the whole circle.',
    fix: 'Take one dependency away, or make it "context": that is taken if it is there and never waited for.',
  },
  never_fits: {
    severity: ['error'],
    why: 'The step needs more than the empty pool has, so it would wait for ever.',
    fix: 'Lower the need, raise the pool, or split the step.',
  },
  unknown_resource: {
    severity: ['error'],
    why: 'A step asks for a named resource that the pool does not have.',
    fix: 'Declare it under "pool": resources, or correct the name.',
  },
  ownership_violated: {
    severity: ['error'],
    why: 'Ownership says who alone writes a root of the context; the write would be refused while the run goes on.',
    fix: "Write under the step's own result, or change the ownership.",
  },
  owned_twice: {
    severity: ['error'],
    why: 'A root with two owners has none: both could overwrite each other.',
    fix: 'Give the root to one agent.',
  },
  self_validation: {
    severity: ['error', 'warning'],
    why: 'A judgement by the only one who made the thing finds what its maker has already seen.',
    fix: 'Let another agent judge it.',
  },
  parallel_writers: {
    severity: ['warning'],
    why: 'Two steps that may run at once and write one place end in a conflict that a person has to decide.',
    fix: 'Let one wait for the other, give each its own path, or give the root to one owner.',
  },
  undeclared_read: {
    severity: ['warning'],
    why: "A name that nobody gives is an empty text in the prompt, and no agent notices. One that reads what the step's inputs do not name is likely a slip; it is taken as an input all the same.",
    fix: 'Correct the name, declare it, or give it a default in the template.',
  },
  bad_template: {
    severity: ['error', 'warning', 'note'],
    why: 'A prompt that cannot be parsed or read hides what the step depends on, and fails its step when it is filled in; so does one that takes in another template. A filter that nobody knows changes nothing.',
    fix: 'Correct the template, or declare under "inputs" what it reads.',
  },
  undeclared_output: {
    severity: ['warning', 'note'],
    why: 'The producer declares its outputs, and this is none of them. A producer that declares nothing is taken at its word (a note).',
    fix: 'Correct the reference, or add the output.',
  },
  unused_output: {
    severity: ['note'],
    why: 'Others take something from this step, and nobody this: it costs time to make, or its name was misspelt where it is read.',
    fix: 'Take it somewhere, or leave it out.',
  },
  no_estimate: {
    severity: ['note'],
    why: 'Without an estimate a minute is assumed, and the plan is as good as that.',
    fix: 'Write estimated_duration, if only roughly.',
  },
  short_timeout: {
    severity: ['warning'],
    why: 'By its own estimate the step may still be at work when it is stopped.',
    fix: 'Raise the time-out, or correct the estimate.',
  },
  short_barrier: {
    severity: ['warning'],
    why: 'The barrier counts from the start of the first member; by their estimates, and by who waits for whom, the members are likely to be late for it.',
    fix: 'Raise its time-out, lower the estimates, or take dependencies between members away.',
  },
  ignored_key: {
    severity: ['warning'],
    why: 'An approval or a signal is run by no agent and takes nothing of the pool; an agent is asked nothing by a person. What such a key was to do would not happen. A constant under the name of a step whose result the agent is given is hidden by it.',
    fix: 'Take the key away, or give the step the type that it was meant to have.',
  },
  fixed_value: {
    severity: ['warning'],
    why: 'The blocks of the specification describe the engine too, and may be written as they stand there. Where the engine has one way, another word or number changes nothing, and whoever wrote it would rely on what does not happen.',
    fix: "Write the specification's value, or take the key away; the suggestion says what holds.",
  },
  long_wait: {
    severity: ['warning'],
    why: "The run's own time-out or the barrier of the step's group comes first, and ends the wait: its default answer never counts.",
    fix: 'Give the wait a shorter time-out, or the run or the barrier a longer one.',
  },
  group_never_fits: {
    severity: ['warning'],
    why: 'A parallel group is meant to run all at once, and the pool has no room for that: some of it will wait.',
    fix: 'Lower the needs, raise the pool, or accept it.',
  },
  refined_group: {
    severity: ['note'],
    why: 'Two blocks speak of the same agents; the enhanced step has the last word.',
    fix: 'Nothing, if this is meant.',
  },
  repeated_agent: {
    severity: ['note'],
    why: 'An agent in several groups has several steps; they are numbered.',
    fix: 'Write them as steps with ids of their own, if others refer to them.',
  },
  ignored_block: {
    severity: ['note'],
    why: 'The file says something that has no effect on plan or run here: a part of a converted file, or a block that the engine does not act on.',
    fix: "Nothing, or write it in the workflow's own words.",
  },
  no_agent: {
    severity: ['warning'],
    why: 'A step that nobody is named for waits until an agent of its own name is there.',
    fix: 'Offer an agent of that name, or let an agent ask a person.',
  },
  open_agent: {
    severity: ['warning'],
    why: 'A step for "various" or for "analyst/pm" leaves open who does it; an engine cannot choose for you.',
    fix: 'Name one agent, or offer one under the name that the message gives.',
  },
  repeated_step: {
    severity: ['warning'],
    why: 'How often it is repeated is known only while the run goes on; the plan has it once.',
    fix: 'Write a step for each repetition, or submit a run for each.',
  },
  optional_step: {
    severity: ['note'],
    why: 'The plan has it as if it were done; its agent is given the condition and may do nothing.',
    fix: 'Nothing, or leave the step out.',
  },
  unknown_artifact: {
    severity: ['warning'],
    why: 'What it requires is created nowhere before it, so the file does not say when it may start.',
    fix: 'Correct the name, or add the entry that creates it.',
  },
  secret_literal: {
    severity: ['warning'],
    why: 'A workflow is committed, mailed, logged and shown; a secret in it is none.',
    fix: 'Give it to the agent by its environment.',
  },
} as const satisfies Partial<Record<FindingCode, Rule>>;
export type RuleCode = keyof typeof RULES;
