export { type CommandAgentOptions, commandAgent } from './command/agent.ts';
export { reaper } from './command/reaper.adapter.ts';
export {
  type AgentContext,
  type AgentDefinition,
  type AgentInput,
  type AgentLog,
  type AgentSpec,
  defineAgent,
  type Finding,
  isAgent,
  type Judgement,
  type RunArgs,
  type ValidateArgs,
} from './define.ts';
export { fatal } from './errors.ts';
export { type AgentHost, type AgentHostOptions, createAgentHost } from './host/process.ts';
export { type Blamed, StrayGuard } from './host/strays.ts';
export { agentKind } from './kind.ts';
export { agentsOf } from './module.ts';
export { type AgentOptions, type AgentOptionsInput, agentOptions } from './options.ts';
export { placeOf } from './place.ts';
