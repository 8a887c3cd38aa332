import { TuttiError } from '@tutti/contracts';
import { ErrorCode, NatsError } from 'nats';

const DENIED: ReadonlySet<string> = new Set([
  ErrorCode.AuthorizationViolation,
  ErrorCode.BadAuthentication,
  ErrorCode.BadCreds,
  ErrorCode.PermissionsViolation,
  ErrorCode.AccountExpired,
  ErrorCode.AuthenticationExpired,
  ErrorCode.Tls,
]);

/** Whatever the client throws, as a TuttiError that says where. */
export function fromNats(error: unknown, where: string): TuttiError {
  if (error instanceof TuttiError) return error;
  const code = error instanceof NatsError ? error.code : '';
  const message = error instanceof Error ? error.message : String(error);
  if (DENIED.has(code)) {
    const text = `The NATS server refuses ${where} (${message}); check user, password, token, credentials and rights.`;
    return new TuttiError('broker_unavailable', text, { retryable: false, cause: error });
  }
  if (code === ErrorCode.MaxPayloadExceeded) return new TuttiError('body_too_large', message, { cause: error });
  if (code === ErrorCode.ConnectionClosed || code === ErrorCode.ConnectionDraining) {
    return new TuttiError('bus_closed', `The connection is closed (${where}).`, { cause: error });
  }
  return new TuttiError('broker_unavailable', `NATS does not answer (${where}): ${message}`, { cause: error });
}
