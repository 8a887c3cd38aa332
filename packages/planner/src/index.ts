export {
  type InspectedWorkflow,
  inspectWorkflow,
  type LoadedWorkflow,
  type LoadOptions,
  lintWorkflow,
  loadWorkflow,
} from './file/load.ts';
export type { EdgeSource, Sources } from './file/resolution.ts';
export { readYamlText } from './file/yaml.ts';
