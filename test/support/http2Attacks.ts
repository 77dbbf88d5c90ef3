import type { Duplex } from 'node:stream';
import { FLAG, frame, GREETING, GRPC_CALL, headerBlock, TYPE } from './http2Frames.ts';

/** What one hostile connection says, piece by piece. It stops when the other side hangs up. */
export type Attack = () => Iterable<Buffer>;

const MIB = 1024 * 1024;
/** A flood that nobody stops ends here. */
const FLOOD_BYTES = 48 * MIB;
const PIECE_BYTES = 64 * 1024;

/** Repeats bytes, in large pieces, to the end of a flood. */
function* flood(bytes: Buffer): Iterable<Buffer> {
  const piece = Buffer.concat(
    Array.from({ length: Math.ceil(PIECE_BYTES / bytes.length) }, () => bytes),
  );
  for (let sent = 0; sent < FLOOD_BYTES; sent += piece.length) yield piece;
}

function* rapidResets(): Iterable<Buffer> {
  const cancel = Buffer.from([0, 0, 0, 8]);
  for (let stream = 1; stream < 200_000; stream += 2 * 64) {
    yield Buffer.concat(
      Array.from({ length: 64 }, (_, index) => stream + 2 * index).flatMap((id) => [
        frame(TYPE.headers, FLAG.endHeaders, id, GRPC_CALL),
        frame(TYPE.reset, 0, id, cancel),
      ]),
    );
  }
}

const call = frame(TYPE.headers, FLAG.endHeaders, 1, GRPC_CALL);
const field = (index: number) => [`x-field-${index}`, 'v'] as const;

/** Attacks that a server has to hang up on, or it would work for them for ever. */
export const floods: Readonly<Record<string, Attack>> = {
  *'CONTINUATION frames without end (CVE-2024-27316)'() {
    yield frame(TYPE.headers, FLAG.endStream, 1, GRPC_CALL);
    yield* flood(frame(TYPE.continuation, 0, 1, headerBlock([field(1)])));
  },
  *'empty CONTINUATION frames without end'() {
    yield frame(TYPE.headers, FLAG.endStream, 1, GRPC_CALL);
    yield* flood(frame(TYPE.continuation, 0, 1));
  },
  *'streams opened and reset without end (CVE-2023-44487)'() {
    yield* rapidResets();
  },
};

/** What is no HTTP/2; a server may hang up or refuse the stream. */
export const brokenFrames: Readonly<Record<string, Attack>> = {
  *'a header of a mebibyte'() {
    const block = Buffer.concat([GRPC_CALL, headerBlock([['x-huge', 'h'.repeat(MIB)]])]);
    yield* inFrames(block);
  },
  *'ten thousand headers'() {
    const fields = Array.from({ length: 10_000 }, (_, index) => field(index));
    yield* inFrames(Buffer.concat([GRPC_CALL, headerBlock(fields)]));
  },
  *'DATA on no stream'() {
    yield frame(TYPE.data, 0, 0, Buffer.from('x'));
  },
  *'DATA on a stream that was never opened'() {
    yield frame(TYPE.data, 0, 77, Buffer.from('x'));
  },
  *'a frame longer than allowed'() {
    yield Buffer.concat([call, frame(TYPE.data, 0, 1, Buffer.alloc(1_000_000))]);
  },
  *'padding longer than its frame'() {
    yield Buffer.concat([call, frame(TYPE.data, FLAG.padded, 1, Buffer.from([200, 1]))]);
  },
  *'headers that are no HPACK'() {
    yield frame(TYPE.headers, FLAG.endHeaders, 1, Buffer.alloc(100, 0xff));
  },
  *'a table entry that is not there'() {
    yield frame(TYPE.headers, FLAG.endHeaders, 1, Buffer.from([0xff, 0x80, 0x01]));
  },
  *'settings of a wrong length'() {
    yield frame(TYPE.settings, 0, 0, Buffer.alloc(5));
  },
  *'a window beyond all bounds'() {
    const most = Buffer.from([0x7f, 0xff, 0xff, 0xff]);
    yield Buffer.concat([
      frame(TYPE.windowUpdate, 0, 0, most),
      frame(TYPE.windowUpdate, 0, 0, most),
    ]);
  },
  *'a push from a client'() {
    yield Buffer.concat([call, frame(TYPE.push, FLAG.endHeaders, 1, Buffer.alloc(4))]);
  },
  *'an even stream number'() {
    yield frame(TYPE.headers, FLAG.endHeaders, 2, GRPC_CALL);
  },
  *'CONTINUATION of nothing'() {
    yield frame(TYPE.continuation, FLAG.endHeaders, 1, GRPC_CALL);
  },
  *'ninety messages of which the rest never comes'() {
    for (let stream = 1; stream < 180; stream += 2) {
      yield frame(TYPE.headers, FLAG.endHeaders, stream, GRPC_CALL);
      yield frame(TYPE.data, 0, stream, Buffer.from([0, 0, 0, 0, 9, 1]));
    }
  },
  *'a gRPC message of 4 GiB'() {
    const message = Buffer.from([0, 0xff, 0xff, 0xff, 0xff, 1, 2, 3]);
    yield Buffer.concat([call, frame(TYPE.data, FLAG.endStream, 1, message)]);
  },
};

function* inFrames(block: Buffer): Iterable<Buffer> {
  yield frame(TYPE.headers, FLAG.endStream, 1, block.subarray(0, 16_384));
  for (let at = 16_384; at < block.length; at += 16_384) {
    const isLast = at + 16_384 >= block.length;
    const part = block.subarray(at, at + 16_384);
    yield frame(TYPE.continuation, isLast ? FLAG.endHeaders : 0, 1, part);
  }
}

/** How the other side took it. */
export interface Outcome {
  /** It hung up. Else it still answers. */
  readonly hungUp: boolean;
  /** Bytes that it was sent. */
  readonly sent: number;
}

/** Says all of it, as fast as the other side reads, and waits until that hangs up or answers what comes after. */
export async function attack(socket: Duplex, what: Attack): Promise<Outcome> {
  let hungUp = false;
  const closed = new Promise<void>((resolve) =>
    socket.once('close', () => {
      hungUp = true;
      resolve();
    }),
  );
  const answered = new Promise<void>((resolve) =>
    socket.on('data', (bytes: Buffer) => {
      if (bytes.includes(PING_DATA)) resolve();
    }),
  );
  let sent = 0;
  socket.write(GREETING);
  for (const piece of what()) {
    if (hungUp) break;
    sent += piece.length;
    if (!socket.write(piece)) {
      await Promise.race([closed, new Promise((resolve) => socket.once('drain', resolve))]);
    }
    // Room for the other side's answer, which may be that it hangs up.
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (!hungUp) socket.write(frame(TYPE.ping, 0, 0, PING_DATA));
  await Promise.race([closed, answered]);
  return { hungUp, sent };
}

const PING_DATA = Buffer.from('hostile?');
