import { once } from 'node:events';
import { connect, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http2';

/** What came back on the wire. */
export interface RawAnswer {
  readonly header: IncomingHttpHeaders;
  /** The same as `header` when nothing else came. */
  readonly trailer: IncomingHttpHeaders;
}

/**
 * Makes a gRPC call with one message over bare HTTP/2: for what a gRPC library does not send, or does not show.
 *
 * @param address Such as `127.0.0.1:40001`.
 * @param headers Added to those of an ordinary call.
 */
export async function rawCall(
  address: string,
  headers: OutgoingHttpHeaders,
  message: Uint8Array = new Uint8Array(),
): Promise<RawAnswer> {
  const session = connect(`http://${address}`);
  try {
    const usual = { ':method': 'POST', 'content-type': 'application/grpc', te: 'trailers' };
    const stream = session.request({ ...usual, ...headers }, { endStream: false });
    let trailer: IncomingHttpHeaders | undefined;
    stream.on('trailers', (received) => {
      trailer = received;
    });
    const responded = once(stream, 'response');
    const closed = once(stream, 'close');
    stream.end(frame(message));
    stream.resume();
    const [header] = await responded;
    await closed;
    return { header, trailer: trailer ?? header };
  } finally {
    session.close();
  }
}

/** A message as gRPC puts it on the wire: a flag, the length, the bytes. */
export function frame(message: Uint8Array, flag = 0): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt8(flag);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}
