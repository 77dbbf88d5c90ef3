import { subscribe } from 'node:diagnostics_channel';
import type { Http2Session, Http2Stream } from 'node:http2';

const CREATED = ['http2.client.stream.created', 'http2.server.stream.created'];
const known = new WeakSet<Http2Session>();

/**
 * Lets calls finish on a connection that is being closed in order. grpc-js's keepalive pings such a connection too;
 * Node answers that a closing session sends no pings, and grpc-js takes that for a dead peer and cuts the calls.
 * Here the ping counts as answered: a peer that dies meanwhile is found by the calls' deadlines.
 *
 * Holds for all HTTP/2 connections of the process. A Node without these diagnostics channels (before 24) works, but
 * cuts such calls.
 */
export function letDrainingFinish(): void {
  for (const channel of CREATED) subscribe(channel, adapt);
}

function adapt(message: unknown): void {
  const { session } = (message as { stream: Http2Stream }).stream;
  if (!session || known.has(session)) return;
  known.add(session);
  const ping = session.ping.bind(session) as (...parameters: unknown[]) => boolean;
  session.ping = (...parameters: unknown[]) => {
    const answered = parameters.at(-1);
    if (!session.closed || session.destroyed || typeof answered !== 'function') {
      return ping(...parameters);
    }
    process.nextTick(answered, null, 0, Buffer.alloc(8));
    return true;
  };
}
