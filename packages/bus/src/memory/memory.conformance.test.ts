import { busConformance, CONFORMANCE_MAX_LOG_RECORDS } from '../conformance/index.ts';
import { createMemoryBroker } from './broker.ts';

busConformance('memory', async () => {
  const broker = createMemoryBroker({ maxLogRecords: CONFORMANCE_MAX_LOG_RECORDS });
  return { connect: async (name) => broker.connect(name), stop: async () => undefined };
});
