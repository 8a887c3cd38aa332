import type { Place, WorkflowFileInput } from '@tutti/contracts';
import type { Path } from '../file/draft.ts';
import type { FindingList } from '../file/findings.ts';
import type { Ledger } from './artifacts.ts';

type FileStep = Extract<NonNullable<WorkflowFileInput['steps']>, readonly unknown[]>[number];

/** What is known while a sequence is gone through. */
export interface State {
  readonly ledger: Ledger;
  readonly ids: Set<string>;
  /** Steps that nothing waits for yet. */
  readonly ends: Set<string>;
  readonly origins: Map<string, Path>;
  readonly steps: FileStep[];
  /** The last step that everything after it waits for, by its number; -1 before there is one. */
  fence: number;
  readonly locate: (path: Path) => Place;
  readonly findings: FindingList;
}

/** A path as a key of `origins`. */
export const keyOf = (path: Path): string => path.map(String).join(' ');
