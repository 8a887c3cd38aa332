/** Agents that are functions. What they give names the execution, so that a checker finds every write again. */
import { setTimeout as pause } from 'node:timers/promises';
import { defineAgent, type RunArgs } from '@tutti/agent';
import { execute } from './ledger.ts';

async function make({ input, context, progress, signal, ...work }: RunArgs): Promise<{ text: string }> {
  const done = execute(work);
  try {
    await pause(Number(input['ms'] ?? 0), undefined, { signal });
    progress(0.5);
    if (work.attempt <= Number(input['fails'] ?? 0)) throw new Error(`scripted failure of ${work.step}`);
    const text = `${work.run}/${work.step}/${work.attempt}@${process.pid}/${Date.now()}`;
    if (typeof input['shared'] === 'string') context.set(input['shared'], `shared ${text}`);
    done(text);
    return { text };
  } catch (error) {
    done();
    throw error;
  }
}

export const maker = defineAgent({ name: 'maker', run: make });
