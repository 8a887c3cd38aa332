import { z } from 'zod';
import type { FindingCode } from '../finding.ts';
import { RESOURCE_WORDS } from '../pool.ts';
import { contextPath, FORBIDDEN_KEYS, isWorkflowId, RESERVED_NAMES } from '../values.ts';
import { parseCommand } from './command.ts';
import { type ContextAccess, type Parsed, parseAccess, parseCriteria, parseDuration, parseSize } from './words.ts';

/** A custom issue names the finding's code, so that the loader need not guess it from a message. */
const issue = (code: FindingCode, message: string) => ({ code: 'custom' as const, message, params: { finding: code } });

const settled = <T>(parsed: Parsed<T>, code: FindingCode, context: z.RefinementCtx): T => {
  if (parsed.ok) return parsed.value;
  context.addIssue(issue(code, parsed.reason));
  return z.NEVER;
};

const stringOrNumber = z.union([z.string(), z.number()]);

/** An estimate: one duration or a range; 0 is allowed (a step that only hands on). */
export const durationRange = stringOrNumber
  .transform((value, context) => settled(parseDuration(value), 'bad_duration', context))
  .meta({ description: 'A duration or a range: "10_minutes", "3-5_minutes", or a number of seconds.' });

/** A time-out in ms: one duration, above 0, since a time-out of 0 would always have passed. */
export const timeout = stringOrNumber
  .transform((value, context) => {
    const range = settled(parseDuration(value), 'bad_duration', context);
    if (range === z.NEVER) return z.NEVER;
    if (range.minMs !== range.maxMs) return refuse(context, `"${value}" is a range; a time-out is one duration`);
    if (range.maxMs === 0) return refuse(context, `"${value}" would have passed at once; a time-out is above 0`);
    return range.maxMs;
  })
  .meta({ description: 'One duration: "10_minutes", "30_seconds", "500_ms", or a number of seconds.' });

/** How long something is kept: a duration in ms, or the session's life. */
export const ttl = z
  .union([z.literal('session_lifetime'), timeout])
  .meta({ description: '"session_lifetime" or a duration.' });

function refuse(context: z.RefinementCtx, message: string): never {
  context.addIssue(issue('bad_duration', message));
  return z.NEVER;
}

/** Bytes. */
export const size = stringOrNumber
  .transform((value, context) => settled(parseSize(value), 'bad_size', context))
  .meta({ description: 'A size: "50MB" (10^6), "10KiB" (2^10), or a number of bytes.' });

/** A resource word or a number of units; the words' table is applied later, because a file may change it. */
export const units = stringOrNumber
  .superRefine((value, context) => {
    if (typeof value === 'number' ? value >= 0 && value <= 1_000_000 : isResourceWord(value)) return;
    context.addIssue(issue('bad_resource', `"${value}" is neither low, medium, high, very_high nor units from 0`));
  })
  .meta({ description: 'low, medium, high, very_high, or a number of units.' });

const isResourceWord = (word: string): boolean => (RESOURCE_WORDS as readonly string[]).includes(word);

export const access = z
  .string()
  .transform((word, context): ContextAccess => settled(parseAccess(word), 'bad_access', context))
  .meta({ description: 'Such as read_analyst_write_pm, read_multiple_write_ux, read_all_write_qa, write_only.' });

export const criteria = z
  .string()
  .transform((word, context) => settled(parseCriteria(word), 'bad_value', context))
  .meta({ description: 'all_agents_succeed, at_least_one_agent_succeeds or at_least_2_agents_succeed.' });

/** An id of a workflow, step, group or agent. */
export const id = z.string().superRefine(checkId);

function checkId(value: string, context: z.RefinementCtx): void {
  if (isWorkflowId(value)) return;
  const reason = RESERVED_NAMES.has(value) ? 'is a reserved word' : `must be 1–64 ${ID_LETTERS}${oddLetter(value)}`;
  context.addIssue(issue('bad_id', `"${value.slice(0, 80)}" ${reason}`));
}

/** A command line, or its words one by one. */
export const program = z.union([
  z
    .string()
    .max(4096)
    .superRefine((line, context) => void settled(parseCommand(line), 'bad_value', context)),
  z.array(z.string().max(4096)).min(1).max(256),
]);

/** What begins the name of an agent that is a program. */
export const PROGRAM_PREFIX = 'cmd:';

/** An agent's name, or a program: `cmd:python3 count.py`. */
export const agentName = z
  .string()
  .max(4096)
  .superRefine((value, context) => {
    if (!value.startsWith(PROGRAM_PREFIX)) return checkId(value, context);
    settled(parseCommand(value.slice(PROGRAM_PREFIX.length)), 'bad_value', context);
  })
  .meta({ description: 'The name of an agent, or a program: "cmd:python3 count.py".' });

const ID_LETTERS = 'letters a–z and A–Z, digits, "_" or "-"';

/** Names the first character that is not allowed by its code, where it could be taken for one that is. */
function oddLetter(value: string): string {
  const odd = /[^\u0020-\u007E]/u.exec(value)?.[0];
  if (odd === undefined) return '';
  return `; "${odd}" is U+${(odd.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

const REF = /^[A-Za-z0-9_-]+(\.[^\s./~]+)*$/;

/** A reference to a result, such as `pm.user_stories`, or to a step, such as `pm.completion`. */
export const ref = z
  .string()
  .max(1024)
  .superRefine((value, context) => {
    if (REF.test(value) && !value.split('.').some((part) => FORBIDDEN_KEYS.has(part))) return;
    context.addIssue(issue('bad_value', `"${value.slice(0, 80)}" is not a reference such as "pm.user_stories"`));
  });

/** An output: a name under the step's own result, or a context path such as `/requirements/functional`. */
export const output = z.union([contextPath.min(1), ref]);
