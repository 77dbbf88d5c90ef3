import { type Channel, channel } from 'node:diagnostics_channel';
import type { Http2Session, Http2Stream } from 'node:http2';
import { UnexpectedShape } from './Patch.ts';

/** A side of HTTP/2. */
export type Side = 'client' | 'server';

/** What Node tells of each HTTP/2 stream as it comes about. */
export interface StreamCreated {
  readonly stream: Http2Stream;
  readonly headers: Readonly<Record<string | symbol, unknown>>;
}

/** The diagnostics channel on which Node tells of streams: https://nodejs.org/api/diagnostics_channel.html#http2. */
export function streamsOf(side: Side): Channel {
  return channel(`http2.${side}.stream.created`);
}

/** @throws UnexpectedShape unless this is such a channel, of a Node that tells of streams (24.2 and later). */
export function subscribeTo(streams: Channel, listener: (created: StreamCreated) => void): void {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 24 || (major === 24 && minor < 2)) {
    throw new UnexpectedShape(`Node ${process.versions.node} tells nothing of HTTP/2 streams`);
  }
  if (typeof streams.subscribe !== 'function') {
    throw new UnexpectedShape('node:diagnostics_channel has no channel for HTTP/2 streams');
  }
  streams.subscribe((message) => listener(message as StreamCreated));
}

/** What is done to sessions of our servers, by their channel. */
const adapters = new Map<Channel, ((session: Http2Session) => void)[]>();

/**
 * Calls `adapt` once with each HTTP/2 session that carries gRPC, at its first call. Other sessions of the process are left
 * alone.
 *
 * @throws UnexpectedShape.
 */
export function adaptGrpcSessions(streams: Channel, adapt: (session: Http2Session) => void): void {
  const known = new WeakSet<Http2Session>();
  const adaptOnce = (session: Http2Session) => {
    if (known.has(session)) return;
    known.add(session);
    adapt(session);
  };
  subscribeTo(streams, ({ stream: { session }, headers }) => {
    if (session && isGrpc(headers['content-type'])) adaptOnce(session);
  });
  adapters.set(streams, [...(adapters.get(streams) ?? []), adaptOnce]);
}

/** Has a session of a gRPC server adapted that may carry no gRPC. */
export function adaptServerSession(session: Http2Session): void {
  for (const adapt of adapters.get(streamsOf('server')) ?? []) adapt(session);
}

/** Whether a content type calls itself gRPC: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#requests. */
export function isGrpc(contentType: unknown): contentType is string {
  return typeof contentType === 'string' && /^application\/grpc($|[+;])/.test(contentType);
}
