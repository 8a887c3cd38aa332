/** What an order says of a step's prompt, so that the agent's process can fill it in. */
import type { MessageOf, StepTemplate, WorkflowJson, WorkflowStep } from '@tutti/contracts';
import type { RunContext } from '../run/model.ts';

type Order = Pick<MessageOf<'attempt.run'>, 'input' | 'template'>;
type Template = NonNullable<Order['template']>;

/** The template stands in the input under `prompt`, over whatever else has that name; this is given beside it. */
export function promptOf(
  run: RunContext,
  step: WorkflowStep,
  input: Record<string, WorkflowJson>,
  template: StepTemplate,
): Order {
  const prompt = step.with['prompt'] ?? '';
  const given = Object.hasOwn(input, 'prompt') ? input['prompt'] : undefined;
  // Of a constant nothing is hidden but the input of the run over which it was written.
  const hidden = given === prompt ? run.inputs['prompt'] : given;
  const hides = hidden === undefined ? {} : { hides: hidden };
  return { input: { ...input, prompt }, template: { ...template, ...hides, ...limitsOf(run) } };
}

/** What the specification's blocks of the file say of renders; they hold durations in ms. */
function limitsOf({ definition: { policies } }: RunContext): Pick<Template, 'concurrent' | 'timeoutMs' | 'keepMs'> {
  const engine = at(at(policies['resource_manager'], 'resource_pool'), 'template_engine');
  const cache = at(at(policies['caching_system'], 'cache_levels'), 'template_render_cache');
  const [concurrent, timeoutMs, keepMs] = [
    at(engine, 'concurrent_renders'),
    at(engine, 'render_timeout'),
    at(cache, 'ttl'),
  ].map((value) => (typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined));
  return {
    ...(concurrent === undefined || concurrent < 1 ? {} : { concurrent }),
    ...(timeoutMs === undefined || timeoutMs < 1 ? {} : { timeoutMs }),
    ...(keepMs === undefined || keepMs < 0 ? {} : { keepMs }),
  };
}

const at = (value: WorkflowJson | undefined, key: string): WorkflowJson | undefined =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Readonly<Record<string, WorkflowJson>>)[key]
    : undefined;
