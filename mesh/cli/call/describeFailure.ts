import { type Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { decodeDetails, type ErrorDetail } from '../../runtime/caller.ts';

/** A failed call for people: the status, what the server said, and each detail on a line of its own. */
export function describeFailure({ code, details, metadata }: ServiceError): string {
  const lines = errorDetails(metadata).flatMap(describe);
  return [`${status[code]}: ${details || 'no message'}`, ...lines].join('\n  ');
}

function errorDetails(metadata: Metadata | undefined): ErrorDetail[] {
  const [encoded] = metadata?.get('grpc-status-details-bin') ?? [];
  return encoded instanceof Buffer ? decodeDetails(encoded) : [];
}

function describe({ type, value }: ErrorDetail): string[] {
  if (value instanceof Uint8Array) return [`${type} (${value.length} bytes)`];
  if ('fieldViolations' in value) {
    return value.fieldViolations.map(({ field, description }) => `${field}: ${description}`);
  }
  return [`${type.replace('google.rpc.', '')} ${JSON.stringify(value)}`];
}
