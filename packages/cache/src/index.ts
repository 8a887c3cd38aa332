export * from './cache.ts';
export * from './key.ts';
export * from './presets.ts';
export * from './score.ts';
export * from './size.ts';
