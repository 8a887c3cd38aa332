/** What goes aside: a message that no machine can take, with all that is needed to understand it and to send it again. */
import type { TuttiError } from '@tutti/contracts';

export interface Undelivered {
  /** Where it was going. */
  readonly subject: string;
  /** The body as it came, or as it would have gone over the wire. */
  readonly data: Uint8Array;
  readonly contentType: string;
  /** Who had sent it; absent where that cannot be read. */
  readonly from?: string;
  readonly error: TuttiError;
}

/** Keeps what nobody else will hear of. Never throws, never waits. */
export type SetAside = (message: Undelivered) => void;
