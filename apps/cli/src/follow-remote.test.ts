import { describe, expect, it } from 'vitest';
import { followRemote } from './follow-remote.ts';
import { fakeIo } from './testing/fake-io.ts';

const follow = () => {
  const notes: string[] = [];
  const client = { describe: async () => ({ type: 'cluster.state' as const, nodes: [], instances: [] }) };
  const renderer = { note: (text: string) => void notes.push(text), event: () => undefined };
  return { notes, followed: followRemote({ io: fakeIo() }, { client }, 'r1', 'quiet', renderer) };
};
const lost = new Error('the connection is lost');

describe('whoever loses sight of a run of a cluster', () => {
  it('is told that it goes on, and which commands show it and write what it left', () => {
    const { notes, followed } = follow();
    followed.submitted();
    expect(() => followed.failed(lost)).toThrow(lost);
    expect(notes).toEqual([
      expect.stringMatching(
        /r1 goes on.*`tutti events r1 --follow`.*`tutti result r1 --result FILE` writes what it left/,
      ),
    ]);
  });

  it('is told nothing of a run that was never taken', () => {
    const { notes, followed } = follow();
    expect(() => followed.failed(lost)).toThrow(lost);
    expect(notes).toEqual([]);
  });
});
