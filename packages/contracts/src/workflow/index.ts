export * from './definition.ts';
export * from './finding.ts';
export * from './group.ts';
export * from './input.ts';
export * from './limits.ts';
export * from './pool.ts';
export * from './step.ts';
export * from './values.ts';
