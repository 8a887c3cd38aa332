/**
 * No write of a stale epoch is committed: not of an owner that was replaced at the store, not of an attempt after its
 * owner has given the step to a newer one.
 */
import { type MessageOf, ownerEpochOf } from '@tutti/contracts';
import { type Checker, when } from './evidence.ts';

export const staleEpochsAreRefused: Checker = ({ observations }) => {
  const wrong: string[] = [];
  const owners = new Map<string, number>();
  const attempts = new Map<string, number>();
  const newestWhenAsked = new Map<string, number>();
  const made = new Set<string>();
  for (const seen of observations) {
    if (seen.kind === 'sent' && seen.message.type === 'attempt.run') {
      const { run, step, epoch } = seen.message;
      const key = `${run}/${step}/${ownerEpochOf(epoch)}`;
      attempts.set(key, Math.max(epoch, attempts.get(key) ?? 0));
    } else if (seen.kind === 'sent' && seen.message.type === 'context.commit') {
      const { run, step, ownerEpoch } = seen.message;
      const key = keyOf(seen.message);
      const newest = attempts.get(`${run}/${step}/${ownerEpoch}`) ?? 0;
      // A commit that is asked for again was right if it was right the first time.
      newestWhenAsked.set(key, Math.min(newest, newestWhenAsked.get(key) ?? newest));
    } else if (seen.kind === 'answered' && seen.request?.type === 'context.open') {
      if (seen.message.type === 'context.opened') raise(owners, seen.request.run, seen.request.ownerEpoch);
    } else if (seen.kind === 'answered' && seen.request?.type === 'context.commit') {
      if (seen.message.type !== 'context.committed' || seen.message.duplicate) continue;
      const { run, step, epoch, ownerEpoch } = seen.request;
      // A message that comes twice is given its first answer again: nothing is committed then.
      const version = `${run}/${seen.message.version}`;
      if (made.has(version)) continue;
      made.add(version);
      const owner = owners.get(run) ?? 0;
      const newest = newestWhenAsked.get(keyOf(seen.request)) ?? 0;
      const what = `${when(seen.at)}: ${run}/${step}, attempt epoch ${epoch}`;
      if (ownerEpoch < owner) wrong.push(`${what}: committed for owner ${ownerEpoch} after owner ${owner}`);
      if (epoch < newest) wrong.push(`${what}: committed although ${newest} had been started`);
      raise(owners, run, ownerEpoch);
    }
  }
  return wrong;
};

const keyOf = ({ run, step, epoch, ownerEpoch }: MessageOf<'context.commit'>): string =>
  `${run}/${step}/${epoch}/${ownerEpoch}`;

const raise = (map: Map<string, number>, key: string, value: number): void =>
  void map.set(key, Math.max(value, map.get(key) ?? 0));
