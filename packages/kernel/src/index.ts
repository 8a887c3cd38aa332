export * from './effects.ts';
export * from './ports.ts';
export * from './stepper.ts';
