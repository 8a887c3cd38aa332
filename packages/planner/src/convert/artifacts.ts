/** Who has written and read which artifact so far, in the order of the sequence. */
export interface Ledger {
  readonly writers: Map<string, string[]>;
  /** Readers since the last write. */
  readonly readers: Map<string, string[]>;
}

export const emptyLedger = (): Ledger => ({ writers: new Map(), readers: new Map() });

/** `prd.md (if needed)`: the artifact, and what is remarked on it. */
export function parseArtifact(written: string): { readonly name: string; readonly remark: string | undefined } {
  const [, name = written, remark] = /^(.*?)\s*(?:\(([^)]*)\))?\s*$/s.exec(written) ?? [];
  return { name, remark };
}

/** The words with which such files mean everything that was made so far. */
const EVERYTHING = /^all_artifacts(?:_in_project)?$/;
export const isEverything = (name: string): boolean => EVERYTHING.test(name);

/** An artifact as a key: `front-end-spec.md` is `front-end-spec`. */
export const artifactKey = (name: string): string => slug(name.replace(/\.(?:md|ya?ml|json|txt)$/, ''));

const MAX_CHARS = 64;

/** Letters, digits, `_` and `-`; everything else becomes one `-`. */
export function slug(text: string): string {
  const clean = text.replace(/[^A-Za-z0-9_-]+/g, '-').replace(/^-+|-+$/g, '');
  return clean === '' ? 'step' : clean.slice(0, MAX_CHARS);
}

/** The last writer of each artifact. */
export const lastWriters = ({ writers }: Ledger): Map<string, string> =>
  new Map([...writers].flatMap(([name, ids]) => (ids.at(-1) === undefined ? [] : [[name, ids.at(-1) ?? '']])));

export function noteRead({ readers }: Ledger, name: string, step: string): void {
  readers.set(name, [...(readers.get(name) ?? []), step]);
}

export function noteWrite({ writers, readers }: Ledger, name: string, step: string): void {
  writers.set(name, [...(writers.get(name) ?? []), step]);
  readers.delete(name);
}
