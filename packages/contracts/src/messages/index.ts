/** The one table of messages. A type that is not in it is refused at the door. */
import type { z } from 'zod';
import { agentMessages } from './agent.ts';
import { apiMessages } from './api.ts';
import { barrierMessages } from './barrier.ts';
import { contextMessages } from './context.ts';
import { letterMessages } from './letters.ts';
import { nodeMessages } from './node.ts';
import { resourceMessages } from './resources.ts';

export const MESSAGES = {
  ...apiMessages,
  ...resourceMessages,
  ...barrierMessages,
  ...contextMessages,
  ...agentMessages,
  ...nodeMessages,
  ...letterMessages,
} as const;

export type MessageType = keyof typeof MESSAGES;
/** The body of a message after validation. */
export type Body<T extends MessageType> = z.infer<(typeof MESSAGES)[T]['body']>;
/** A message as data: what effects send and machines receive. */
export type MessageOf<T extends MessageType> = T extends MessageType ? { readonly type: T } & Body<T> : never;
export type AnyMessage = MessageOf<MessageType>;
/** A message that arrived, as an event of a machine: `at` is when (ms since 1970), `from` is who. */
export type Received<T extends MessageType> = MessageOf<T> & { readonly at: number; readonly from: string };

export const isMessageType = (type: unknown): type is MessageType =>
  typeof type === 'string' && Object.hasOwn(MESSAGES, type);

export * from './agent.ts';
export * from './api.ts';
export * from './barrier.ts';
export * from './context.ts';
export * from './define.ts';
export * from './letters.ts';
export * from './node.ts';
export * from './resources.ts';
export * from './shared.ts';
