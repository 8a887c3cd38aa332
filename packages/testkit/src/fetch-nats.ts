/** Fetches both nats-servers that the integration tests use, before they run: `node --import tsx … fetch-nats.ts`. */
import { findNatsServer, type NatsServerKind } from './nats-server-find.ts';

const KINDS: readonly NatsServerKind[] = ['current', 'baseline'];

for (const version of KINDS) {
  const program = await findNatsServer({ version });
  process.stdout.write(`nats-server ${program.version} (${version})\n`);
}
