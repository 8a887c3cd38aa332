/** Identifiers that become subject tokens, and the arithmetic that every process must do alike. */
import { z } from 'zod';
import { TuttiError } from './errors.ts';

/** What may stand between two dots of a subject. Source: nats.md, fact 19. */
export const TOKEN = /^[A-Za-z0-9_-]{1,64}$/;

/** A token of a subject: an id of a run, step, group, agent, instance, pool or process. */
export const token = z.string().regex(TOKEN, 'must match ^[A-Za-z0-9_-]{1,64}$');

/** Throws `bad_subject` with what the token was for, or returns it. */
export function assertToken(value: string, what: string): string {
  if (TOKEN.test(value)) return value;
  throw new TuttiError('bad_subject', `${what} "${value.slice(0, 80)}" cannot be part of a subject`, {
    details: { what, value: value.slice(0, 80) },
  });
}

/** Number of shards of a cluster; set when the cluster is created, never changed. */
export const SHARD_COUNT = 64;

/** The shard of a run or a pool: FNV-1a of its name, so that every process agrees. */
export function shardOf(name: string, shards: number = SHARD_COUNT): number {
  return fnv1a(name) % shards;
}

/** 32-bit FNV-1a over UTF-16 code units; for placement, not for security. */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash ^= text.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  return hash >>> 0;
}

/**
 * Attempts of a run that have epochs of their own under one ownership: 100 for each step of the largest workflow and more
 * than its journal could tell of. 2^29 ownerships stay exact numbers.
 */
const ATTEMPTS_AN_EPOCH = 2 ** 24;

/**
 * The epoch of an attempt: grows with every attempt of a run and with every change of its owner, so that an attempt
 * started by a later owner is always newer, whatever the earlier owner forgot to write down.
 */
export function attemptEpoch(ownerEpoch: number, attempt: number): number {
  return ownerEpoch * ATTEMPTS_AN_EPOCH + (attempt % ATTEMPTS_AN_EPOCH);
}

/** The ownership epoch under which an attempt was started. */
export function ownerEpochOf(epoch: number): number {
  return Math.floor(epoch / ATTEMPTS_AN_EPOCH);
}
