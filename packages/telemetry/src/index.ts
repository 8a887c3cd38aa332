export * from './instruments.ts';
export * from './logger.ts';
export * from './memory-meter.ts';
export * from './meter.ts';
export * from './pino-logger.ts';
