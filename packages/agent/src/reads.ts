/** Which context paths an attempt may read. */
import { contextPath, TuttiError } from '@tutti/contracts';

/** Whether `path` is one of `reads` or below one of them. No `reads` at all means everything. */
export const isInside = (path: string, reads: readonly string[]): boolean =>
  reads.length === 0 || reads.some((read) => path === read || path.startsWith(`${read}/`));

/** Throws `not_allowed` with what would be allowed, or returns the path. */
export function assertReadable(path: string, reads: readonly string[]): string {
  const checked = contextPath.safeParse(path);
  if (!checked.success) {
    throw new TuttiError(
      'not_allowed',
      `The context path ${JSON.stringify(path)} must be a JSON pointer like "/pm/plan"`,
    );
  }
  if (isInside(path, reads)) return path;
  throw new TuttiError('not_allowed', `The step may not read ${path}; it may read ${reads.slice(0, 16).join(', ')}`, {
    details: { path, reads: reads.slice(0, 16) },
  });
}
