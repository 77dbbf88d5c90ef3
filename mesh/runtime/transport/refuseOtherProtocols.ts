import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingHttpHeaders } from 'node:http2';

const CREATED = 'http2.server.stream.created';
const GRPC = /^application\/grpc($|[+;])/;
const PROTOBUF = /^application\/grpc(\+proto)?($|;)/;

/**
 * Lets grpc-js refuse, with 415, what calls itself gRPC and is not: it takes any HTTP method, and messages in any
 * encoding (`application/grpc+json`) as if they were protobuf.
 *
 * Holds for all HTTP/2 servers of the process; requests that do not call themselves gRPC are left alone.
 */
export function refuseOtherProtocols(): void {
  unsubscribe(CREATED, check);
  subscribe(CREATED, check);
}

function check(message: unknown): void {
  const { headers } = message as { headers: IncomingHttpHeaders };
  const type = headers['content-type'];
  if (type === undefined || !GRPC.test(type)) return;
  if (headers[':method'] !== 'POST' || !PROTOBUF.test(type)) delete headers['content-type'];
}
