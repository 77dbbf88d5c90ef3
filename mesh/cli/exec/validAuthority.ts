import { Transform } from 'node:stream';

/** HPACK's literal with incremental indexing whose name is `:authority` (RFC 7541, 6.2.1 and appendix A). */
const AUTHORITY = 0x41;

/**
 * Passes HTTP/2 through, and makes an `:authority` of it that is the path of the socket one that HTTP knows: grpc-java
 * writes the path itself, which servers refuse with PROTOCOL_ERROR as RFC 9113, 8.3.1 says. The bytes stay as many, so no
 * length of a frame changes. Netty writes a text so short as it is, and the head of a connection at once.
 *
 * @param path Of the socket.
 * @see https://github.com/grpc/grpc-java/issues/12664
 */
export function validAuthority(path: string): Transform {
  const literal = (text: string) =>
    Buffer.concat([Buffer.from([AUTHORITY, text.length]), Buffer.from(text)]);
  const wrong = literal(path);
  const right = literal(path.replace(/[^A-Za-z0-9._~-]/g, '-'));
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      for (let at = chunk.indexOf(wrong); at >= 0; at = chunk.indexOf(wrong, at + wrong.length)) {
        right.copy(chunk, at);
      }
      done(null, chunk);
    },
  });
}
