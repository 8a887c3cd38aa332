import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WorkflowDefinition, WorkflowInput } from '@tutti/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readInputs } from './run-inputs.ts';

let cwd = '';
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'tutti-inputs-'));
  writeFileSync(join(cwd, 'idea.txt'), 'a boat\n');
  writeFileSync(join(cwd, 'all.json'), '{"idea":"from file","size":3}');
  writeFileSync(join(cwd, 'list.json'), '[1]');
  writeFileSync(join(cwd, 'latin.txt'), Buffer.from([0xe9, 0x20]));
});
afterAll(() => rmSync(cwd, { recursive: true }));

const input = (type: WorkflowInput['type'], extra: Partial<WorkflowInput> = {}): WorkflowInput => ({
  type,
  required: false,
  ...extra,
});
const definition = {
  id: 'w',
  inputs: {
    idea: input('string', { required: true }),
    size: input('integer'),
    any: input('any'),
    list: input('array', { default: [1] }),
  },
} as unknown as WorkflowDefinition;

const read = (flags: readonly string[], inputsFile?: string) =>
  readInputs(definition, { input: flags, inputsFile, cwd });

describe('inputs of a run', () => {
  it('keeps text as it was typed where text is declared, also when it looks like JSON', async () => {
    expect(await read(['idea=42'])).toEqual({ idea: '42', list: [1] });
    expect(await read(['idea=a=b'])).toMatchObject({ idea: 'a=b' });
  });

  it('reads JSON where something else is declared, and takes what is no JSON as text for `any`', async () => {
    expect(await read(['idea=x', 'size=3', 'list=[2,3]', 'any={"a":1}'])).toEqual({
      idea: 'x',
      size: 3,
      list: [2, 3],
      any: { a: 1 },
    });
    expect(await read(['idea=x', 'any=hello'])).toMatchObject({ any: 'hello' });
  });

  it('reads @file, and a flag beats the file of inputs', async () => {
    expect(await read(['idea=@idea.txt'])).toMatchObject({ idea: 'a boat\n' });
    expect(await read(['size=4'], 'all.json')).toMatchObject({ idea: 'from file', size: 4 });
  });

  it.each([
    [['nope=1'], /no input "nope"; it declares idea, size, any, list/],
    [[], /needs the input "idea"/],
    [['idea=x', 'size=3.5'], /must be of type integer/],
    [['idea=x', 'list={}'], /must be of type array/],
    [['__proto__=x'], /no input "__proto__"/],
  ])('refuses %j, which is not what the workflow declares', async (flags, message) => {
    await expect(read(flags)).rejects.toMatchObject({ code: 'bad_inputs', message: expect.stringMatching(message) });
  });

  it.each([
    [['idea=x', 'size=x'], /not valid JSON/],
    [['idea=x', 'any={"__proto__":1}'], /key that is not allowed/],
    [['idea=x', 'list=[{"__proto__":1}]'], /key that is not allowed/],
    [['idea'], /must be key=value/],
    [['=x'], /must be key=value/],
  ])('refuses %j as wrong usage', async (flags, message) => {
    await expect(read(flags)).rejects.toMatchObject({ code: 'bad_usage', message: expect.stringMatching(message) });
  });

  it.each([
    ['idea=@missing.txt', /there is no such file/],
    ['idea=@.', /it is a directory/],
    ['idea=@latin.txt', /UTF-8/],
  ])('refuses %s as a bad file', async (flag, message) => {
    await expect(read([flag])).rejects.toMatchObject({ code: 'bad_file', message: expect.stringMatching(message) });
  });

  it('a file of inputs must hold one object', async () => {
    await expect(read([], 'list.json')).rejects.toMatchObject({ code: 'bad_usage' });
  });
});
