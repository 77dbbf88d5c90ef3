import {
  BadRequest,
  DebugInfo,
  ErrorInfo,
  Help,
  LocalizedMessage,
  PreconditionFailure,
  QuotaFailure,
  RequestInfo,
  ResourceInfo,
  RetryInfo,
} from '@weft/proto/google/rpc/error_details';
import { Status } from '@weft/proto/google/rpc/status';
import type { MessageType } from './GrpcService.ts';

const types = {
  'google.rpc.BadRequest': BadRequest,
  'google.rpc.DebugInfo': DebugInfo,
  'google.rpc.ErrorInfo': ErrorInfo,
  'google.rpc.Help': Help,
  'google.rpc.LocalizedMessage': LocalizedMessage,
  'google.rpc.PreconditionFailure': PreconditionFailure,
  'google.rpc.QuotaFailure': QuotaFailure,
  'google.rpc.RequestInfo': RequestInfo,
  'google.rpc.ResourceInfo': ResourceInfo,
  'google.rpc.RetryInfo': RetryInfo,
} as const;

type Types = typeof types;
type Known = {
  [Name in keyof Types]: {
    readonly type: Name;
    readonly value: Types[Name] extends MessageType<infer Value> ? Value : never;
  };
}[keyof Types];

/** A message that says more about a failure; one of google.rpc, or any other in its encoded form. */
export type ErrorDetail = Known | { readonly type: string & {}; readonly value: Uint8Array };

const PREFIX = 'type.googleapis.com/';

/** The google.rpc.Status that goes into the trailers. */
export function encodeDetails(
  code: number,
  message: string,
  details: readonly ErrorDetail[],
): Buffer {
  const packed = details.map(({ type, value }) => ({
    typeUrl: PREFIX + type,
    value: value instanceof Uint8Array ? Buffer.from(value) : encodeKnown(type, value),
  }));
  return Buffer.from(Status.encode({ code, message, details: packed }).finish());
}

/**
 * The details of a google.rpc.Status.
 *
 * @throws when the bytes are none.
 */
export function decodeDetails(bytes: Uint8Array): ErrorDetail[] {
  return Status.decode(bytes).details.map(({ typeUrl, value }) => {
    const type = typeUrl.slice(typeUrl.lastIndexOf('/') + 1);
    const known = types[type as keyof Types];
    return { type, value: known ? known.decode(value) : value } as ErrorDetail;
  });
}

function encodeKnown(type: string, value: unknown): Buffer {
  const known = types[type as keyof Types] as MessageType<unknown> | undefined;
  if (!known) throw new TypeError(`error detail ${type} must be given as bytes`);
  return Buffer.from(known.encode(value).finish());
}
