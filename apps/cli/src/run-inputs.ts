/** The inputs of a run from `--input` and `--inputs-file`, made to fit what the workflow declares. */
import { resolve } from 'node:path';
import {
  completeInputs,
  declaredInput,
  isWorkflowJson,
  type RunInputs,
  TuttiError,
  type WorkflowDefinition,
  type WorkflowInput,
  type WorkflowJson,
} from '@tutti/contracts';
import { readLimited } from './text-file.adapter.ts';

/** Of one file of inputs; what is larger belongs into a store, with its name as the input. */
const INPUT_FILE_BYTES = 8 * 1_048_576;

export interface InputFlags {
  /** Each `key=value` or `key=@file`. */
  readonly input: readonly string[];
  /** A file with one JSON object. */
  readonly inputsFile?: string | undefined;
  readonly cwd: string;
}

const bad = (message: string): TuttiError => new TuttiError('bad_usage', message);

async function readText(name: string, cwd: string): Promise<string> {
  const bytes = await readLimited(resolve(cwd, name), INPUT_FILE_BYTES, name);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new TuttiError('bad_file', `${name} is not clean UTF-8 text`, { cause });
  }
}

function parseJson(text: string, what: string): WorkflowJson {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw bad(`${what} is not valid JSON: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
  if (!isWorkflowJson(value)) throw bad(`${what} is nested too deep or has a key that is not allowed`);
  return value;
}

/** A value as it was typed: text for what is declared as text, JSON for the rest. */
function typed(key: string, text: string, declared: WorkflowInput): WorkflowJson {
  if (declared.type === 'string') return text;
  return declared.type === 'any' && !isJson(text)
    ? text
    : parseJson(text, `The value of input "${key}" (declared as ${declared.type})`);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

async function fromFile(flags: InputFlags): Promise<[string, WorkflowJson][]> {
  if (flags.inputsFile === undefined) return [];
  const value = parseJson(await readText(flags.inputsFile, flags.cwd), flags.inputsFile);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw bad(`${flags.inputsFile} must hold one JSON object of inputs`);
  }
  return Object.entries(value);
}

async function fromFlag(flag: string, definition: WorkflowDefinition, cwd: string): Promise<[string, WorkflowJson]> {
  const at = flag.indexOf('=');
  if (at <= 0) throw bad(`--input "${flag}" must be key=value or key=@file`);
  const key = flag.slice(0, at);
  const declared = declaredInput(definition, key);
  const value = flag.slice(at + 1);
  const text = value.startsWith('@') ? await readText(value.slice(1), cwd) : value;
  return [key, typed(key, text, declared)];
}

/**
 * Reads and checks the inputs; a flag beats the file, a default fills what is left. Rejects with `bad_inputs` (unknown,
 * missing or wrongly typed input), `bad_usage` or `bad_file`.
 */
export async function readInputs(definition: WorkflowDefinition, flags: InputFlags): Promise<RunInputs> {
  const given = new Map<string, WorkflowJson>(await fromFile(flags));
  for (const flag of flags.input) given.set(...(await fromFlag(flag, definition, flags.cwd)));
  return completeInputs(definition, Object.fromEntries(given));
}
