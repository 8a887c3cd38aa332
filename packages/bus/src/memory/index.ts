export {
  createMemoryBroker,
  createMemoryBus,
  DEFAULT_MAX_LOG_RECORDS,
  DEFAULT_MAX_PAYLOAD_BYTES,
  type MemoryBroker,
  type MemoryBrokerOptions,
  type PowerLoss,
} from './broker.ts';
export type { MemoryBus } from './connection.ts';
export type {
  AppendAttempt,
  AppendInterceptor,
  AppendPlan,
  Delivery,
  DeliveryInterceptor,
  DeliveryPlan,
} from './faults.ts';
export type { LostRecord } from './store.ts';
