import { keepMsOf } from '@tutti/contracts';
import { describe, expect, it } from 'vitest';
import { ALONE_MS, ref, running, world } from './placing.fixture.ts';

describe('a beat', () => {
  it('is answered with what its runs count on, twice a second at the most', () => {
    const { beat, pass } = world();
    pass(1_000);
    const heard = { type: 'agent.heard', process: 'p', startedAtMs: 3, attempts: [ref] };
    expect(beat()).toEqual([{ ...heard, seq: 1 }]);
    expect(beat()).toEqual([]);
    pass(600);
    expect(beat()).toEqual([{ ...heard, seq: 3 }]);
  });

  it('is not answered for what nobody waits for, nor by an owner that has let go, nor where nobody is ever alone', () => {
    const later = { ...running, epoch: 6 };
    const given = world();
    given.actor.stoppedBy = 'fenced';
    for (const { beat, pass } of [world(later), given, world(running, { aloneMs: 0 })]) {
      pass(1_000);
      expect(beat().filter(({ type }) => type === 'agent.heard')).toEqual([]);
    }
  });
});

describe('a process that misses its beats', () => {
  it('may work on for as long as it may be alone since it was heard last', () => {
    const { beat, pass, told } = world();
    beat();
    pass(6_000);
    const lost = told.find(({ type }) => type === 'attempt.lost') as { keepMs?: number } | undefined;
    expect(lost).toMatchObject(ref);
    expect(lost?.keepMs).toBeLessThanOrEqual(keepMsOf(ALONE_MS) - 3_600);
    expect(lost?.keepMs).toBeGreaterThan(keepMsOf(ALONE_MS) - 4_500);
  });

  it('may have left its attempt behind to another of its name, and is asked for by what is heard of it', () => {
    const { beat, pass, told } = world();
    beat();
    beat({ startedAtMs: 4, instances: [{ role: 'a', instance: 'p-1', state: 'idle' }] });
    expect(told.filter(({ type }) => type === 'attempt.lost')).toMatchObject([{ ...ref, keepMs: keepMsOf(ALONE_MS) }]);
    for (let second = 0; second < 5; second += 1) {
      pass(1_000);
      beat({ startedAtMs: 4, instances: [{ role: 'a', instance: 'p-1', state: 'idle' }] });
    }
    const lost = told.filter(({ type }) => type === 'attempt.lost');
    expect(lost).toHaveLength(2);
    expect(lost[1]).not.toHaveProperty('keepMs');
  });

  it('has nothing left when it is heard of again and names nothing', () => {
    const { beat, pass, told } = world();
    beat();
    pass(6_000);
    const idle = [{ role: 'a', instance: 'p-1', state: 'idle' as const }];
    beat({ instances: idle });
    expect(told.filter(({ type }) => type === 'attempt.lost')).toHaveLength(1);
    for (let second = 0; second < 5; second += 1) {
      pass(1_000);
      beat({ instances: idle });
    }
    const lost = told.filter(({ type }) => type === 'attempt.lost');
    expect(lost).toHaveLength(2);
    expect(lost[1]).not.toHaveProperty('keepMs');
  });

  it('does not when it is seen to be dead, or has said that it leaves', () => {
    const dead = world(running, { isDead: true });
    dead.beat();
    dead.pass(6_000);
    const left = world();
    left.beat();
    left.beat({ left: true });
    for (const { told } of [dead, left]) {
      const lost = told.filter(({ type }) => type === 'attempt.lost');
      expect(lost).toMatchObject([ref]);
      expect(lost[0]).not.toHaveProperty('keepMs');
    }
  });
});

describe('a survey', () => {
  const unheard = ({ told }: ReturnType<typeof world>) => told.find(({ type }) => type === 'attempt.surveyed');

  it('names the steps whose instances were not heard of', () => {
    const silent = world();
    silent.survey();
    silent.pass(3_000);
    expect(unheard(silent)).toMatchObject({ found: [], unheard: [{ step: 's', keepMs: keepMsOf(ALONE_MS) }] });
    const placing = world({ status: 'placing', epoch: 5, held: true });
    placing.survey();
    placing.pass(3_000);
    expect(unheard(placing)).toMatchObject({ unheard: [{ step: 's' }] });
  });

  it('names a step that began after its instance was heard last', () => {
    const silent = world({ ...running, startedAtMs: 1_800 });
    silent.beat({ instances: [{ role: 'a', instance: 'p-1', state: 'idle' }] });
    silent.survey();
    silent.pass(3_000);
    expect(unheard(silent)).toMatchObject({ found: [], unheard: [{ step: 's' }] });
  });

  it('does not name those whose processes are heard, or seen to be dead', () => {
    const idle = world();
    idle.pass(2_000);
    idle.beat({ instances: [{ role: 'a', instance: 'p-1', state: 'idle' }] });
    idle.survey();
    idle.pass(600);
    const dead = world(running, { isDead: true });
    dead.survey();
    dead.pass(3_000);
    for (const each of [idle, dead]) expect(unheard(each)).toMatchObject({ found: [], unheard: [] });
  });
});
