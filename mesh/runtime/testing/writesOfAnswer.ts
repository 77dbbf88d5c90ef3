import { once } from 'node:events';
import { connect } from 'node:http2';
import { type Server, ServerCredentials } from '@grpc/grpc-js';
import { emptyCall } from './emptyCall.ts';
import { WireEnd } from './WireEnd.ts';

const FRAME_HEADER_BYTES = 9;
const NAMES: Readonly<Record<number, string>> = { 0: 'DATA', 1: 'HEADERS' };

/**
 * Makes a call with an empty message at a server, and answers the frames of each write that holds some of its answer, such
 * as `[['HEADERS', 'DATA'], ['HEADERS']]`.
 */
export async function writesOfAnswer(server: Server, path: string): Promise<string[][]> {
  const [mine, its] = WireEnd.pair();
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  injector.injectConnection(its);
  const session = connect('http://localhost', { createConnection: () => mine });
  try {
    await once(emptyCall(session, path), 'close');
    return its.writes.map(framesIn).filter((frames) => frames.length > 0);
  } finally {
    session.close();
    injector.destroy();
  }
}

/** The frames of calls, in the order of the wire: https://www.rfc-editor.org/rfc/rfc9113.html#section-4.1 */
function framesIn(write: Buffer): string[] {
  const frames: string[] = [];
  for (let at = 0; at < write.length; at += FRAME_HEADER_BYTES + write.readUIntBE(at, 3)) {
    const name = NAMES[write.readUInt8(at + 3)];
    if (name) frames.push(name);
  }
  return frames;
}
