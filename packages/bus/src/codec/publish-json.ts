import { HEADERS } from '@tutti/contracts';
import type { Bus, Headers } from '../port.ts';
import { encodeJson } from './json.ts';

/** Publishes a value as JSON, with its content type, so that any NATS tool can read it. Throws as `publish` does. */
export function publishJson(bus: Pick<Bus, 'publish'>, subject: string, value: unknown, headers: Headers = {}): void {
  const { data, contentType } = encodeJson(value);
  bus.publish(subject, data, { headers: { ...headers, [HEADERS.contentType]: contentType } });
}
