/**
 * Many runs parked in a step that waits for an agent; then every process of Tutti is killed and started again, with that agent.
 * All must finish, and nothing that was done is done again.
 */
import type { TuttiEvent } from '@tutti/contracts';
import { workflow } from '@tutti/planner';
import { agentFile, NODES } from './parts/fleet.ts';
import type { Report } from './report.ts';
import { onScene, type Scene, type SceneOptions } from './scene.ts';
import { readExecutions } from './work/executions.ts';
import { heard, inParallel } from './work/many-runs.ts';

const MAKERS = { 'maker-1': agentFile('makers.ts'), 'maker-2': agentFile('makers.ts') } as const;
/** Not started before everything was killed: until then nobody offers what the second step needs. */
const GATES = { 'gate-1': agentFile('gates.ts'), 'gate-2': agentFile('gates.ts') } as const;
/** Calls at once. */
const AT_ONCE = 32;
/** By then all must be parked, and once started again all must have ended, ms. */
const LIMIT_MS = 300_000;

const definition = workflow('parked', (w) => {
  w.about({ timeout: '2_hours' });
  const keys = { estimated_duration: '1_seconds', resource_requirements: { cpu: 30, memory: 30 } } as const;
  const first = w.step('first', { agent: 'maker', result: 'first', ...keys });
  w.step('second', { agent: 'gate', result: 'second', inputs: [first.ref('text')], ...keys });
});

const waitsForAgent = ({ type, data }: TuttiEvent): boolean => type === 'step.waiting' && data['kind'] === 'instance';
const hasEnded = ({ type }: TuttiEvent): boolean => type === 'run.finished';

export const parked = (count: number, options: SceneOptions): Promise<Report> =>
  onScene(options, { agents: { ...MAKERS, ...GATES }, separable: [] }, async (scene) => {
    const { fleet, inspector, broker } = scene;
    const runs = Array.from({ length: count }, (_, i) => `parked-${i + 1}`);
    await fleet.start([...NODES, ...Object.keys(MAKERS)]);
    const beganAt = Date.now();
    const waiting = heard(inspector.bus, runs, waitsForAgent, LIMIT_MS);
    await inParallel(AT_ONCE, runs, (run) => inspector.client.submit({ run, definition }));
    const unparked = await waiting;
    const parkedAt = Date.now();
    options.say(`${options.kind}: ${count - unparked.length} runs wait for an agent, after ${parkedAt - beganAt} ms`);
    const ended = heard(inspector.bus, runs, hasEnded, LIMIT_MS);
    await fleet.kill();
    const killedAt = Date.now();
    await fleet.start();
    const startedAt = Date.now();
    await ended;
    const endedAt = Date.now();
    const findings = [...unparked.map((run) => `${run} did not park`), ...(await lookAt(scene, runs))];
    const times = { parkedMs: parkedAt - beganAt, startMs: startedAt - killedAt, finishedMs: endedAt - startedAt };
    const row = { broker: options.kind, server: broker.version, parked: count, ...times, wrong: findings.length };
    return { row, findings };
  });

/** Every run succeeded, by its own word, and the agents did each step once: nobody was killed while he worked. */
async function lookAt({ inspector, ledger }: Scene, runs: readonly string[]): Promise<readonly string[]> {
  const wrong: string[] = [];
  await inParallel(AT_ONCE, runs, async (run) => {
    const { outcome = 'none' } = await inspector.client.status(run);
    if (outcome !== 'succeeded') wrong.push(`${run} has the outcome ${outcome}`);
  });
  const times = new Map<string, number>();
  for (const { run, step } of await readExecutions(ledger))
    times.set(`${run}/${step}`, (times.get(`${run}/${step}`) ?? 0) + 1);
  for (const name of runs.flatMap((run) => [`${run}/first`, `${run}/second`]))
    if (times.get(name) !== 1) wrong.push(`${name} was done ${times.get(name) ?? 0} times`);
  return wrong;
}
