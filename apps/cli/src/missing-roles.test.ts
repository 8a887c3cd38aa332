import { TuttiError } from '@tutti/contracts';
import { expect, it } from 'vitest';
import { SILENCE_MS, watchRoles } from './missing-roles.ts';
import { fakeIo } from './testing/fake-io.ts';

type Roles = readonly string[] | TuttiError;

/** A cluster whose only node offers what the test says. */
function watching() {
  const io = fakeIo();
  const notes: string[] = [];
  let asked = 0;
  let roles: Roles = [];
  const describe = async () => {
    asked += 1;
    if (roles instanceof TuttiError) throw roles;
    return { type: 'cluster.state' as const, nodes: [row(roles)], instances: [] };
  };
  const row = (offered: readonly string[]) => ({ node: 'n', roles: [...offered], shards: 0, version: '1', seenMs: 0 });
  const watch = watchRoles(io, { describe }, (text) => void notes.push(text));
  const silence = async (offered: Roles): Promise<void> => {
    roles = offered;
    io.advance(SILENCE_MS);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { watch, notes, silence, asked: () => asked };
}

const ALL = ['supervisor', 'context', 'resources'];

it('a run that tells something is not asked about', async () => {
  const { watch, silence, asked } = watching();
  for (let n = 0; n < 3; n++) {
    watch.heard();
    await silence([]);
  }
  expect(asked()).toBe(0);
});

it('a silent run is told what nobody offers, once, and that it is offered again', async () => {
  const { notes, silence, watch } = watching();
  await silence(['supervisor']);
  await silence(['supervisor']);
  await silence(['supervisor']);
  await silence(ALL);
  watch.stop();
  await silence([]);
  expect(notes).toEqual([
    expect.stringContaining(
      'no node offers context, resources; start one with `tutti up --nats URL --roles context,resources`',
    ),
    expect.stringContaining('every role is offered again'),
  ]);
});

it('a cluster in which nobody answers lacks its supervisor; one that cannot be reached is told of elsewhere', async () => {
  const { notes, silence } = watching();
  await silence(ALL);
  await silence(new TuttiError('broker_unavailable', 'gone'));
  expect(notes).toEqual([]);
  await silence(new TuttiError('no_responders', 'nobody'));
  expect(notes).toEqual([expect.stringContaining('start one with `tutti up --nats URL`, which')]);
});
