export * from './envelope.ts';
export * from './errors.ts';
export * from './events.ts';
export * from './ids.ts';
export * from './messages/index.ts';
export * from './plan.ts';
export * from './subjects.ts';
export * from './workflow/index.ts';
