/** What an attempt may ask for and most never do: made when it is first asked for. */
import type { AgentLog } from './define.ts';
import type { ExecutionPort } from './execute.ts';

export interface Asked {
  readonly log: AgentLog;
  readonly signal: AbortSignal;
}

const STATE = Symbol('asked');
interface State {
  readonly port: Pick<ExecutionPort, 'abort' | 'log'>;
  log: AgentLog | undefined;
}
interface Asking {
  readonly [STATE]: State;
}

/**
 * One pair of getters for all attempts. A literal's own getters would give each attempt a shape of its own, and with it all that they
 * see would stay in memory until the next full collection.
 */
const GETTERS: PropertyDescriptorMap & ThisType<Asking> = {
  log: {
    get() {
      const state = this[STATE];
      state.log ??= state.port.log();
      return state.log;
    },
    enumerable: true,
    configurable: true,
  },
  signal: {
    get() {
      return this[STATE].port.abort.signal;
    },
    enumerable: true,
    configurable: true,
  },
};

/** Adds them; the rest of `args` stays as it is. A copy (`{ ...args }`) has them, too. */
export function withAsked<T extends object>(args: T, port: State['port']): T & Asked {
  const state: State = { port, log: undefined };
  Object.defineProperty(args, STATE, { value: state });
  return Object.defineProperties(args, GETTERS) as T & Asked;
}
