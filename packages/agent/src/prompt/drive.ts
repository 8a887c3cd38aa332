/**
 * Takes a render through its steps. LiquidJS gives a generator for each part of a template, and runs to the end what it is asked
 * for; here others have their turn in between, so that a long render holds up no heartbeat, and one without end comes to its limit.
 */
export interface Pace {
  /** Whether others are to have their turn after so many steps. */
  isDue(steps: number): boolean;
  /** Lets the others have their turn. @throws what is to end the render. */
  breathe(steps: number): Promise<void>;
  /** Looks once more, after the last step. @throws what is to end the render. */
  check(): void;
}

/** @returns the value of the last generator. @throws what it throws. */
export async function drive(render: Iterator<unknown>, pace: Pace): Promise<unknown> {
  const stack: Iterator<unknown>[] = [render];
  let state: State = { value: undefined, isThrown: false };
  for (let steps = 1; stack.length > 0; steps++) {
    state = advance(stack, state);
    if (state.isThrown || !pace.isDue(steps)) continue;
    const ending = await reasonToEnd(pace, steps);
    // Thrown into the render, so that it says at which place of the template that was.
    if (ending !== undefined) state = { value: ending, isThrown: true };
  }
  if (state.isThrown) throw state.value;
  pace.check();
  return state.value;
}

async function reasonToEnd(pace: Pace, steps: number): Promise<unknown> {
  try {
    await pace.breathe(steps);
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
