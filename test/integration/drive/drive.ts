/** Drives a run from a program: submits a workflow file, follows it to its end through outages, prints what it left. */
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { connectNats } from '@tutti/bus';
import { type Client, createClient } from '@tutti/client';
import { TuttiError } from '@tutti/contracts';
import { loadWorkflow } from '@tutti/planner';

const [file = 'workflow.yaml', servers = 'nats://127.0.0.1:4222', inputs = '{}'] = process.argv.slice(2);
/** Between two tries while nobody answers, ms. */
const AGAIN_MS = 1_000;

// Nodes make the streams of the broker; a client only uses them.
const bus = await connectNats({ servers, name: 'drive', prepareStreams: false });
const client = createClient({ bus });
try {
  const { definition } = loadWorkflow(readFileSync(file, 'utf8'), { file });
  const { run } = await client.submit({ definition, inputs: JSON.parse(inputs) });
  console.error(`submitted ${run}`);
  await follow(client, run);
  const { view, context } = await client.result(run);
  console.log(JSON.stringify({ run, outcome: view.outcome, context }));
  process.exitCode = view.outcome === 'succeeded' ? 0 : 1;
} finally {
  await bus.close();
}

/** Events until the end. A watch ends with an error when nobody answers for long; the next one goes on after the last event seen. */
async function follow(from: Client, run: string): Promise<void> {
  let next = 1;
  for (;;) {
    try {
      for await (const { seq, type, data } of from.watch(run, { fromSeq: next })) {
        console.error(type, JSON.stringify(data));
        if (seq !== undefined) next = seq + 1;
      }
      return;
    } catch (error) {
      if (!TuttiError.from(error).retryable) throw error;
      console.error(`nobody answers: ${String(error)}`);
      await pause(AGAIN_MS);
    }
  }
}
