import { TuttiError } from '@tutti/contracts';
import { describe, expect, it } from 'vitest';
import type { JetStreamApi } from './jetstream-api.ts';
import { subjectsOf } from './storage-host.ts';

const answering = (...pages: object[]): JetStreamApi =>
  ({ ask: async () => pages.shift() ?? {} }) as unknown as JetStreamApi;
const list = (api: JetStreamApi) => subjectsOf(api, 'TUTTI_LOG', 'tutti.log.wf.3.*');

describe('the subjects of a stream', () => {
  it('are those of all pages', async () => {
    const pages = [
      { total: 3, state: { subjects: { a: 1, b: 1 }, last_seq: 7 } },
      { total: 3, state: { subjects: { c: 1 }, last_seq: 9 } },
    ];
    expect(await list(answering(...pages))).toEqual({ names: ['a', 'b', 'c'], lastSeq: 7 });
  });

  it('are not none because JetStream refused to tell them: whoever takes a shard up would forget its runs', async () => {
    const error = { code: 404, err_code: 10059, description: 'stream not found' };
    const refusal = await list(answering({ error })).catch((e: unknown) => e);
    expect(refusal).toBeInstanceOf(TuttiError);
    expect(refusal).toMatchObject({ code: 'broker_unavailable', retryable: true });
  });
});
