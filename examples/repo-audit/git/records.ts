/** One record is at most this many bytes; what is longer is cut, so that a minified line cannot fill the memory. */
export const MAX_RECORD_BYTES = 64 * 1024;

/** Splits a stream of bytes at a separator byte. The last record needs no separator; an empty tail is no record. */
export async function* splitRecords(chunks: AsyncIterable<Buffer>, separator: number): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  let held = 0;
  const hold = (piece: Buffer): void => {
    const room = Math.min(piece.length, MAX_RECORD_BYTES - held);
    if (room <= 0) return;
    parts.push(Buffer.from(piece.subarray(0, room)));
    held += room;
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = chunk.indexOf(separator); at >= 0; at = chunk.indexOf(separator, from)) {
      hold(chunk.subarray(from, at));
      yield Buffer.concat(parts, held);
      parts = [];
      held = 0;
      from = at + 1;
    }
    hold(chunk.subarray(from));
  }
  if (held > 0) yield Buffer.concat(parts, held);
}

/** Runs `work` on the items of a stream, `workers` at a time, holding no more than that many items. */
export async function inParallel<T>(
  source: AsyncGenerator<T>,
  workers: number,
  work: (item: T, worker: number) => Promise<void>,
): Promise<void> {
  const loop = async (worker: number): Promise<void> => {
    for (let next = await source.next(); !next.done; next = await source.next()) await work(next.value, worker);
  };
  try {
    await Promise.all(Array.from({ length: workers }, (_, worker) => loop(worker)));
  } finally {
    await source.return(undefined);
  }
}
