/** Real nats-servers for tests, without the rest of the testkit: `@tutti/testkit/nats-servers`. */
export { type NatsServer, type NatsServerOptions, startNatsServer } from './nats-server.ts';
export { type NatsCluster, startNatsCluster } from './nats-server-cluster.ts';
export { type FindOptions, findNatsServer, type NatsServerKind, type NatsServerProgram } from './nats-server-find.ts';
