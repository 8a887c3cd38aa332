import { planWorkflow, workflow } from '@tutti/planner';
import { describe, expect, it } from 'vitest';
import type { Globals } from '../cli.ts';
import { fakeIo } from '../testing/fake-io.ts';
import { detached } from './detached.ts';
import { up } from './up.ts';

const cli = (nats?: string) => {
  const globals: Globals = { prefix: 'tutti', output: 'plain', ...(nats === undefined ? {} : { nats }) };
  return { io: fakeIo(), globals };
};
const definition = workflow('w', (w) => void w.step('a'));
const opened = {
  ...{ path: '/w.yaml', name: 'w.yaml', folder: '/', definition, plan: planWorkflow(definition) },
  ...{ findings: [], sources: undefined },
};

describe('before anything is connected', () => {
  it.each([
    [undefined, undefined, /--detach needs a cluster.*--nats/],
    ['nats://nowhere', 'x.json', /`tutti result RUN --result FILE`/],
  ])(
    'a run is not detached without a cluster, nor with a file that it could not write (%s, %s)',
    async (nats, result, why) => {
      const options = { input: [], ...(result === undefined ? {} : { result }) };
      await expect(detached(cli(nats), opened, {}, options)).rejects.toThrow(why);
    },
  );

  it.each([
    ['supervisor', 'agents=2', /--pool says nothing here/],
    ['resources', 'agents', /write it as agents=5,cpu=200/],
  ])('a node of role %s is refused the pool "%s"', async (roles, pool, why) => {
    await expect(up(cli('nats://nowhere'), { roles, pool, replicas: 1 })).rejects.toThrow(why);
  });
});
