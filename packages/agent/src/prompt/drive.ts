/**
 * Takes a render through its steps. LiquidJS gives a generator for each part of a template, and runs to the end what it is asked
 * for; here others have their turn in between, so that a long render holds up no heartbeat, and one without end comes to its limit.
 */
import { RenderLimit } from './budget.ts';

/** Steps between two turns of the others: some ms of work. */
export const SLICE_STEPS = 2_000;

export interface Pace {
  /** The most steps that a render may take. */
  readonly maxSteps: number;
  /** Lets the others have their turn. @throws what is to end the render. */
  breathe(): Promise<void>;
}

/** @returns the value of the last generator. @throws what it throws. */
export async function drive(render: Iterator<unknown>, { maxSteps, breathe }: Pace): Promise<unknown> {
  const stack: Iterator<unknown>[] = [render];
  let state: State = { value: undefined, isThrown: false };
  for (let steps = 1; stack.length > 0; steps++) {
    state = advance(stack, state);
    if (steps % SLICE_STEPS !== 0 || state.isThrown) continue;
    const ending =
      steps >= maxSteps ? new RenderLimit('it takes too many steps', maxSteps) : await reasonToEnd(breathe);
    // Thrown into the render, so that it says at which place of the template that was.
    if (ending !== undefined) state = { value: ending, isThrown: true };
  }
  if (state.isThrown) throw state.value;
  return state.value;
}

async function reasonToEnd(breathe: Pace['breathe']): Promise<unknown> {
  try {
    await breathe();
    return undefined;
  } catch (error) {
    return error;
  }
}

interface State {
  readonly value: unknown;
  readonly isThrown: boolean;
}

/** One step of the innermost generator. */
function advance(stack: Iterator<unknown>[], { value, isThrown }: State): State {
  const top = stack.at(-1) as Iterator<unknown>;
  try {
    const step = isThrown ? thrownInto(top, value) : top.next(value);
    if (step.done === true) stack.pop();
    if (!isGenerator(step.value)) return { value: step.value, isThrown: false };
    stack.push(step.value);
    return { value: undefined, isThrown: false };
  } catch (error) {
    stack.pop();
    return { value: error, isThrown: true };
  }
}

function thrownInto(top: Iterator<unknown>, error: unknown): IteratorResult<unknown> {
  if (top.throw === undefined) throw error;
  return top.throw(error);
}

/** Values of a prompt are plain JSON: nothing else has these two. */
const isGenerator = (value: unknown): value is Iterator<unknown> =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value as Partial<Generator>).next === 'function' &&
  typeof (value as Partial<Generator>).throw === 'function';
