import type { Scene } from './under-test.ts';

/** One claim about a bus. */
export interface Check {
  readonly claim: string;
  readonly run: (scene: Scene) => Promise<void>;
}

export const check = (claim: string, run: (scene: Scene) => Promise<void>): Check => ({ claim, run });
