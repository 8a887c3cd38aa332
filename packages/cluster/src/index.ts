export { type AgentProcess, type AgentProcessOptions, startAgentProcess } from './agent-process.ts';
export { type Embedded, type EmbeddedOptions, startEmbedded } from './embedded.ts';
export { LEASE_MS } from './living.ts';
export { type Node, startNode } from './node.ts';
export { type NodeOptions, POOL } from './node-options.ts';
export { isRole, ROLES, type Role } from './roles.ts';
