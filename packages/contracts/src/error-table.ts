/**
 * The one table of errors. Codes are stable: they cross the wire, users script on them, `docs/errors.md` lists them.
 *
 * `retryable` is the default of the code: whether the same call may succeed later without anyone changing anything.
 * `exit` is the exit code of the program that ends with this error. `means` says what has happened, `help` what to do.
 */
interface ErrorRow {
  readonly retryable: boolean;
  readonly exit: number;
  readonly means: string;
  readonly help: string;
}

const row = (retryable: boolean, exit: number, means: string, help: string): ErrorRow => {
  return { retryable, exit, means, help };
};

export const ERRORS = {
  // The wire and the broker.
  bad_subject: row(
    false,
    2,
    'A name cannot be a part of a subject.',
    'Subject tokens must match ^[A-Za-z0-9_-]{1,64}$; rename the id that the message quotes.',
  ),
  bad_message: row(
    false,
    1,
    'A message is not as its contract says.',
    'A peer sent what the contract does not allow; check that all processes run one version.',
  ),
  unknown_type: row(
    false,
    1,
    'A message has a type that no contract knows.',
    'The message type is in no contract; check that all processes run one version.',
  ),
  unexpected_event: row(
    false,
    1,
    'An actor cannot take this message in its present state.',
    'The actor cannot take this message in its present state; read its state first.',
  ),
  body_too_large: row(
    false,
    1,
    'A message is over the limit of bytes.',
    'Make the value smaller, or store it outside and pass a reference.',
  ),
  no_responders: row(
    true,
    7,
    'Nobody listens on the subject that was asked.',
    'Nobody serves this subject; start the process that offers the role.',
  ),
  request_timeout: row(
    true,
    5,
    'A request got no answer in time.',
    'No answer came in time; check the load and health of the process that should answer.',
  ),
  broker_unavailable: row(
    true,
    7,
    'The broker cannot be reached.',
    'Start the NATS server or correct --nats, then try again; `tutti doctor` tells more.',
  ),
  broker_unsupported: row(
    false,
    7,
    'The broker lacks what Tutti must rely on.',
    'Use nats-server 2.9.10 or newer with JetStream; for replicas above 1 a JetStream cluster of 2.9.21 or newer.',
  ),
  broker_full: row(
    true,
    7,
    'The broker has no room for another record: its disk, its account or its stream is at a limit.',
    'Free space on the disk of the NATS server or raise its limits (`max_file_store`, the account, the stream); what waits is written then.',
  ),
  broker_refused: row(
    true,
    7,
    'The broker does not let this user do what is asked: a right is missing, or it may only read.',
    'Give the user of this process the rights that the message names; what waits is written then.',
  ),
  bus_closed: row(
    false,
    1,
    'The connection to the broker was closed.',
    'The connection was closed by this process; open a new one.',
  ),
  name_taken: row(
    false,
    2,
    'A live process of the cluster has this name.',
    'Choose another --name, or end the process that has it: two of one name break each other.',
  ),
  overloaded: row(
    true,
    1,
    'A mailbox, queue or map is full.',
    'A named limit was reached; wait, add capacity, or raise the limit the message names.',
  ),
  fenced: row(
    false,
    1,
    'Another process has become the owner of the actor; this one stops writing.',
    'Another process owns this actor now; nothing is to be done.',
  ),
  stale_epoch: row(
    false,
    1,
    'The sender speaks for an attempt or an owner that has been replaced.',
    'The attempt was given to somebody else meanwhile; drop the result.',
  ),
  revision_conflict: row(
    true,
    1,
    'A compare-and-set met another value than the one expected.',
    'The entry changed meanwhile; read it again and decide again.',
  ),
  version_gone: row(
    false,
    1,
    'A version of the context was asked for that cannot be read.',
    'The version of the context is not kept, or not made yet; read the newest one.',
  ),
  log_full: row(
    false,
    1,
    'A journal has as many records as it may have.',
    'The journal reached its limit; end the run or raise the limit of journal records.',
  ),
  log_truncated: row(
    false,
    1,
    'A journal lacks records that were acknowledged.',
    'The broker lost the tail of a journal; check its sync setting and its disks.',
  ),
  context_truncated: row(
    false,
    1,
    'The context of a run lacks versions that the run had been told of.',
    'The broker lost the tail of its journal; check its sync setting and its disks, and submit the work as a new run.',
  ),
  journal_version: row(
    false,
    1,
    'A journal was written by code whose form this process does not know.',
    'Run a node of the version that wrote it, or of a newer one: its run goes on there. Nothing was changed.',
  ),
  run_set_aside: row(
    false,
    1,
    'The run cannot be continued and lies among the dead letters; the other runs go on.',
    'See why with `tutti dlq show`; when the reason is gone, `tutti dlq retry` takes the run up again.',
  ),
  unknown_letter: row(
    false,
    2,
    'No dead letter has this id.',
    'It was dropped or sent again already; `tutti dlq ls` lists what lies aside.',
  ),
  not_owner: row(
    true,
    1,
    'The process that was asked does not own the actor.',
    'The actor lives in another process; the request is passed on or repeated.',
  ),
  internal_error: row(
    false,
    1,
    'Something broke that must never break.',
    'This is a defect of Tutti; please report it with the details shown.',
  ),
  // Workflow files and plans.
  bad_usage: row(
    false,
    2,
    'The command line cannot be understood.',
    'See `tutti --help` for the commands and their options.',
  ),
  unwritable: row(
    false,
    2,
    'A file cannot be written where it is wanted.',
    'Name a path where nothing stands yet, in a folder that is there and that this user may write to.',
  ),
  bad_inputs: row(
    false,
    2,
    'The inputs of a run do not fit what its workflow declares.',
    'Give what is declared, each of its type: `inputs:` of the workflow file says what that is. Nothing was run.',
  ),
  bad_file: row(false, 2, 'A workflow file has errors.', 'Correct the places listed; nothing was run.'),
  unplannable: row(
    false,
    2,
    'The file is clear, and asks for what cannot be done: a circle, or a step larger than the pool.',
    'Lower the need, raise the pool, or split the step that the message names.',
  ),
  // Runs.
  unknown_run: row(false, 2, 'No run has this id.', 'No such run; `tutti ls` lists the runs that are known.'),
  run_exists: row(false, 2, 'Another run has this id.', 'A run with this id exists and differs; choose another id.'),
  run_finished: row(
    false,
    2,
    'The run is over and takes no more orders.',
    'One that did not succeed goes on with `tutti retry RUN`; else submit a new one.',
  ),
  run_active: row(
    false,
    2,
    'The run has not ended yet.',
    'Wait for its end, or end it with `tutti cancel RUN`; it can be retried or purged then.',
  ),
  nothing_to_retry: row(
    false,
    2,
    'Nothing in the run is to run again.',
    'A run that succeeded is done, but for steps that follow from a decided conflict (`tutti retry RUN --from STEP`); submit a new run to do the work anew.',
  ),
  unknown_step: row(false, 2, 'The run has no step of this id.', 'See the steps of the run with `tutti show RUN`.'),
  not_waiting: row(
    false,
    2,
    'Nothing in the run waits for what was given: a step that is no approval, or is not due yet, or a signal that no step names.',
    'See with `tutti show RUN` what its steps wait for; an approval takes an answer once it waits for a person.',
  ),
  already_answered: row(
    false,
    2,
    'Somebody else was first: one answer counts, and it is there.',
    'Nothing is to be done; the message says who was first and what the answer is.',
  ),
  approval_rejected: row(
    false,
    1,
    'A person, or the default of the step, rejected it.',
    'See the comment; `on_failure: continue` or `on_reject: continue` of the step lets a run go on all the same.',
  ),
  signal_timeout: row(
    false,
    5,
    'The signal that a step waited for did not come in time.',
    'Give the signal with `tutti signal RUN NAME` before the time-out of the step, or raise that.',
  ),
  run_cancelled: row(false, 130, 'The run was cancelled.', 'The run was cancelled by request.'),
  run_timeout: row(
    false,
    5,
    'The run did not end within its time-out.',
    'The run took longer than its time-out; raise it or find the slow step in the summary.',
  ),
  unresolved_conflict: row(
    false,
    4,
    'The run is done, and a conflict of its context waits for a person.',
    'Two agents wrote different values to one place; see them with `tutti conflicts RUN` and decide with `tutti resolve`.',
  ),
  unknown_conflict: row(
    false,
    2,
    'The run has no conflict of this id.',
    'See its open conflicts and their ids with `tutti conflicts RUN`.',
  ),
  place_changed: row(
    false,
    2,
    'What a conflict is about was written again after it, so the decision may rest on what stands there no more. Nothing was changed.',
    'Look at what stands there now, and decide again with `--over` and the version that the message names.',
  ),
  // Agents.
  no_agent: row(
    true,
    1,
    'No live instance offers the agent that a step needs.',
    'No live instance offers this agent; start one with `tutti agent start`.',
  ),
  agent_failed: row(
    true,
    1,
    'The agent threw an error, or its program ended with one.',
    'The agent reported an error; see its message and its log.',
  ),
  agent_timeout: row(
    true,
    1,
    'An attempt did not end within its time-out.',
    'The agent took longer than its time-out; raise the time-out or make the work smaller.',
  ),
  agent_lost: row(
    true,
    1,
    'The instance that ran an attempt is gone.',
    'The process that ran the agent went away; its work is given to another one.',
  ),
  bad_agent_input: row(
    false,
    1,
    'The input of a step does not fit what the agent declares.',
    'What the workflow gives the agent does not fit the input it declares.',
  ),
  bad_agent_output: row(
    false,
    1,
    'The result of an agent does not fit what the agent declares, or lacks an output that its step declares.',
    "Correct the agent, its declared output, or the step's `outputs`.",
  ),
  render_failed: row(
    false,
    1,
    "A step's prompt cannot be filled in: its template, or what it makes of its values, is at fault.",
    'Correct the template at the line that the message names; `tutti lint` finds what cannot be parsed before a run.',
  ),
  render_timeout: row(
    true,
    5,
    "Filling in a step's prompt took longer than it may.",
    'Make the template smaller, or raise `render_timeout` of `template_engine`; where the machine was busy, trying again helps.',
  ),
  agent_cancelled: row(
    false,
    130,
    'An attempt was stopped because its result is not wanted any more.',
    'The attempt was cancelled by request.',
  ),
  bad_agent_file: row(
    false,
    2,
    'A file of agents cannot be loaded.',
    'Correct what the message names; a file of agents exports what `defineAgent` or `commandAgent` made.',
  ),
  not_allowed: row(
    false,
    1,
    'A write touches a context path that belongs to another agent.',
    'The writer does not own this context path; change `ownership` or the declared outputs.',
  ),
  // Pool.
  never_fits: row(
    false,
    2,
    'A step needs more than the whole pool has.',
    'The need is larger than the whole pool; lower it or raise the pool.',
  ),
  lease_lost: row(
    true,
    1,
    'A step lost its place in the pool.',
    'The lease ran out or was taken back; the step is queued again.',
  ),
  pool_closed: row(
    true,
    1,
    'The pool grants nothing yet.',
    'The resource manager has just started and waits for holders to announce their leases.',
  ),
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERRORS;
