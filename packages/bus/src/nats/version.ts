/** The oldest server with all that is used (nats.md). */
export const MIN_SERVER = '2.9.10';

/** The oldest server whose replicated streams compare rightly on append (nats.md, fact 1). */
export const MIN_SERVER_REPLICATED = '2.9.21';

/** The oldest server that syncs a batch of messages once; before, it syncs each, and a batch is no faster (docs/adr/0017). */
export const BATCHING_SERVER = '2.15.0';

/** Whether one `major.minor.patch` is older than another; a suffix such as `-beta` is not looked at. */
export function isOlder(version: string, than: string): boolean {
  const numbers = (text: string): number[] => text.split('-', 1)[0]?.split('.').map(Number) ?? [];
  const wanted = numbers(than);
  const given = numbers(version);
  for (const [i, number] of wanted.entries()) {
    const own = given[i] ?? 0;
    if (own !== number) return !(own > number);
  }
  return false;
}
