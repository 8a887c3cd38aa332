import { connectNats } from '@tutti/bus';
import { busConformance, CONFORMANCE_MAX_LOG_RECORDS } from '@tutti/bus/conformance';
import { startNatsServer } from '@tutti/testkit/nats-servers';

for (const version of ['baseline', 'current'] as const) {
  busConformance(`nats on the ${version} server`, async () => {
    const server = await startNatsServer({ version });
    const connect = (name: string) =>
      connectNats({ servers: server.url, name, journalMaxMsgsPerSubject: CONFORMANCE_MAX_LOG_RECORDS });
    return { connect, stop: () => server.stop() };
  });
}
