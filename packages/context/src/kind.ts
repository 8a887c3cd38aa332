import { TuttiError } from '@tutti/contracts';
import type { ActorKind } from '@tutti/kernel';
import { contextMachine } from './machine.ts';
import { type ContextOptionsInput, contextOptions } from './options.ts';
import type { ContextInput } from './state.ts';

/** The context store as the kernel hosts it: one a run, at `ctx.{shard}.{run}`, a fold of its log. */
export function contextKind(options: ContextOptionsInput = {}): ActorKind {
  const { limits } = contextOptions.parse(options);
  return {
    name: 'ctx',
    machine: contextMachine,
    durable: true,
    // Since 2 a context records what a person decides about a conflict.
    form: 2,
    readsForms: [1],
    accepts: {
      // What it says is in the journal of the run too, which opens again what was lost before the first commit.
      'context.open': 'lazy',
      'context.commit': 'durable',
      'context.resolve': 'durable',
      'context.read': 'volatile',
      'context.conflicts': 'volatile',
      'actor.recovered': 'durable',
    },
    creates: ['context.open'],
    input: ({ run }): ContextInput => {
      if (run === undefined) throw new TuttiError('bad_subject', 'The subject of a context store names no run');
      return { run, limits };
    },
  };
}
