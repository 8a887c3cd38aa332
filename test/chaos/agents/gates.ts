/** The agent that parked runs wait for: nobody offers it until the cluster was killed and started again. */
import { defineAgent } from '@tutti/agent';
import { execute } from './ledger.ts';

export const gate = defineAgent({
  name: 'gate',
  run({ run, step, attempt, idempotencyKey }) {
    const text = `${run}/${step}/${attempt}@${process.pid}/${Date.now()}`;
    execute({ run, step, attempt, idempotencyKey })(text);
    return { text };
  },
});
