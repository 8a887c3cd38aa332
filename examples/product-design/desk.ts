import type { RunArgs } from '@tutti/agent';
import { z } from 'zod';
import { render, writeDocument } from './documents.adapter.ts';
import { pause } from './pace.adapter.ts';

/** What every agent of this example is given beside the results of others. */
export const deskInput = {
  idea: z.string().trim().min(1, 'must say something').max(4000),
  /** Folder of the documents, relative to where the process was started. */
  out: z.string().min(1).default('out/product-design'),
  /** Milliseconds that the work is stretched to; 0 does it at once. */
  pace_ms: z.coerce.number().min(0).max(600_000).default(0),
  /** Multiplies `pace_ms`: 0 for a run without pauses. */
  pace: z.coerce.number().min(0).max(100).default(1),
};

export type DeskInput = z.infer<z.ZodObject<typeof deskInput>>;

type Call = Pick<RunArgs<DeskInput>, 'input' | 'progress' | 'signal' | 'attempt' | 'idempotencyKey'>;

/**
 * The way all six work: look at what is there, think in steps, write one document. `think` gives the structured result
 * before anything is written; `notes` name the steps that people see.
 */
export async function workAtDesk<Result extends object>(
  { input, progress, signal, attempt, idempotencyKey }: Call,
  document: { readonly template: string; readonly notes: readonly string[] },
  think: () => Result,
): Promise<Result & { document: string }> {
  const { template, notes } = document;
  const result = think();
  for (const [done, note] of notes.entries()) {
    progress(done / notes.length, note);
    await pause((input.pace_ms * input.pace) / notes.length, signal);
  }
  const text = await render(template, { ...result, idea: input.idea });
  const path = await writeDocument(input.out, `${template}.md`, text, `${idempotencyKey}-${attempt}`, signal);
  progress(1, path);
  return { ...result, document: path };
}
