export * from './codec/index.ts';
export * from './port.ts';
