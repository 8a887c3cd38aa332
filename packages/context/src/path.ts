/** Context paths: JSON pointers (RFC 6901) whose tokens are never empty and never reach a prototype. */
import { FORBIDDEN_KEYS } from '@tutti/contracts';

/** Characters of a path, by its contract. */
export const PATH_CHARS = 1024;

/** The keys on the way, root first; none for the whole context. */
export type Keys = readonly string[];

export function keysOf(path: string): string[] {
  if (path === '') return [];
  const tokens = path.slice(1).split('/');
  return path.includes('~') ? tokens.map((t) => t.replaceAll('~1', '/').replaceAll('~0', '~')) : tokens;
}

const escaped = (key: string): string =>
  key.includes('~') || key.includes('/') ? key.replaceAll('~', '~0').replaceAll('/', '~1') : key;

export const pathOf = (keys: Keys): string => keys.map((key) => `/${escaped(key)}`).join('');

/** The path of a key below a path; undefined when no path can name it (it is empty or too long). */
export function childPath(path: string, key: string): string | undefined {
  const child = `${path}/${escaped(key)}`;
  return key === '' || child.length > PATH_CHARS ? undefined : child;
}

/** Whether one path is the other or lies above it. */
export const covers = (above: string, below: string): boolean =>
  below.startsWith(above) && (below.length === above.length || below.charCodeAt(above.length) === SLASH);

/** Whether what stands at one path can change what stands at the other. */
export const overlaps = (a: string, b: string): boolean => (a.length <= b.length ? covers(a, b) : covers(b, a));

/** The first key of a path that would reach an object's prototype. */
export const forbiddenKey = (keys: Keys): string | undefined => keys.find((key) => FORBIDDEN_KEYS.has(key));

const SLASH = '/'.charCodeAt(0);
