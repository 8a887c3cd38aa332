/** What a simulation may do to a memory broker: the hooks on which testkit builds a seeded faulty bus. */
import type { Headers, LogRecord } from '../port.ts';

/** One message on its way to one receiver. */
export interface Delivery {
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly data: Uint8Array;
  readonly headers: Headers;
  readonly isReply: boolean;
}

/**
 * When each copy of a delivery arrives, in ms from now: `[]` loses it, `[0]` is as without faults, `[0, 5]` duplicates
 * it, `[30]` delays it past others. `undefined` means no fault.
 */
export type DeliveryPlan = readonly number[];
export type DeliveryInterceptor = (delivery: Delivery) => DeliveryPlan | undefined;

/** An append on its way to the log. */
export interface AppendAttempt {
  readonly from: string;
  readonly key: string;
  readonly expect: number;
  readonly record: Pick<LogRecord, 'id' | 'data'>;
}

export interface AppendPlan {
  /** Ms until the broker sees the append; others may overtake it. Default 0. */
  readonly applyAfterMs?: number;
  /** Ms from there until the writer sees the answer. Default 0. */
  readonly answerAfterMs?: number;
  /**
   * `request`: the broker never sees it. `answer`: it is stored, but the writer never hears. Both reject with
   * `broker_unavailable` after the delays, as a real bus does that could not read back in time.
   */
  readonly lose?: 'request' | 'answer';
}
export type AppendInterceptor = (attempt: AppendAttempt) => AppendPlan | undefined;
