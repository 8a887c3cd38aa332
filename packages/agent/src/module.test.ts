import { describe, expect, it } from 'vitest';
import { type AgentDefinition, defineAgent } from './define.ts';
import { agentsOf } from './module.ts';

const agent = (name: string): AgentDefinition => defineAgent({ name, run: () => undefined }) as AgentDefinition;

describe('the agents of a file', () => {
  it('are its named exports, its default export and what stands in lists, each once', () => {
    const [a, b, c] = [agent('a'), agent('b'), agent('c')];
    expect(agentsOf({ default: [a, b], a, c, other: 1 }).map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  });

  it('are refused when two of them have one name', () => {
    expect(() => agentsOf({ one: agent('a'), two: agent('a') }, 'my.ts')).toThrow(
      /my\.ts exports two different agents named "a" \(as `one` and `two`\)/,
    );
  });

  it('are missed with a word on what was found instead', () => {
    expect(() => agentsOf({ run: () => 1, list: [] }, 'my.ts')).toThrow(
      expect.objectContaining({
        code: 'bad_agent_file',
        message: expect.stringContaining('run (function), list (array)'),
      }),
    );
  });
});

describe('a definition', () => {
  it.each(['', 'a.b', 'inputs', '__proto__', 'x'.repeat(65)])('cannot have the name %j', (name) => {
    expect(() => agent(name)).toThrow(expect.objectContaining({ code: 'bad_agent_file' }));
  });

  it('must have a name, and says which keys there are instead', () => {
    expect(() => defineAgent({ nam: 'a', run: () => 1 } as never)).toThrow(
      expect.objectContaining({ code: 'bad_agent_file', message: expect.stringContaining('was given nam, run') }),
    );
  });

  it('must have a function and schemas that are schemas', () => {
    expect(() => defineAgent({ name: 'a' } as never)).toThrow(/has no function/);
    expect(() => defineAgent({ name: 'a', run: () => 1, input: {} as never })).toThrow(/no Standard Schema/);
  });
});
