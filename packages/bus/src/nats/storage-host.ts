import type { Logger } from '@tutti/telemetry';
import { apiFailure, type JetStreamApi } from './jetstream-api.ts';
import type { NatsSettings } from './options.ts';
import { type StreamKind, streamName, streamSubject } from './streams.ts';

/** What logs, key-values and blobs share of their connection. */
export interface StorageHost {
  readonly api: JetStreamApi;
  readonly settings: NatsSettings;
  readonly logger: Logger;
  readonly maxPayloadBytes: () => number;
  /**
   * Resolves when the stream exists and is as needed, with whether it takes several messages as one; rejects with `bus_closed`
   * when the connection is.
   */
  readonly ready: (kind: StreamKind) => Promise<{ readonly takesBatches: boolean }>;
}

/** Names of one stream. */
export interface Place {
  readonly stream: string;
  subject(key: string): string;
  /** The key of a subject of this stream. */
  key(subject: string): string;
}

export function placeOf(kind: StreamKind, prefix: string): Place {
  const root = streamSubject(prefix, kind, '');
  return {
    stream: streamName(prefix, kind),
    subject: (key) => root + key,
    key: (subject) => subject.slice(root.length),
  };
}

interface SubjectsPage {
  readonly total?: number;
  readonly state: { readonly subjects?: Readonly<Record<string, number>>; readonly last_seq?: number };
}

/** Subjects of a stream, and the sequence of its last message when the first of them were asked for. */
export interface Subjects {
  readonly names: readonly string[];
  readonly lastSeq: number;
}

/** Every subject of a stream that matches a filter, over as many pages as it takes. Answered by the leader. */
export async function subjectsOf(api: JetStreamApi, stream: string, filter: string): Promise<Subjects> {
  const found: string[] = [];
  let lastSeq: number | undefined;
  for (;;) {
    const query = { subjects_filter: filter, offset: found.length };
    const page = await api.ask<SubjectsPage>(`STREAM.INFO.${stream}`, query);
    if (page.error !== undefined) throw apiFailure(`to list ${stream}`, page.error);
    const names = Object.keys(page.state?.subjects ?? {});
    lastSeq ??= page.state?.last_seq ?? 0;
    found.push(...names);
    if (names.length === 0 || found.length >= (page.total ?? 0)) return { names: found, lastSeq };
  }
}
