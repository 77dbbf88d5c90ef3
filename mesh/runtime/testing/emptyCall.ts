import type { ClientHttp2Session, ClientHttp2Stream } from 'node:http2';
import { frame } from './rawCall.ts';

/** Begins a gRPC call with one empty message over bare HTTP/2. What it is answered with is thrown away. */
export function emptyCall(session: ClientHttp2Session, path: string): ClientHttp2Stream {
  const stream = session.request({
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  stream.end(frame(new Uint8Array()));
  return stream.resume();
}
