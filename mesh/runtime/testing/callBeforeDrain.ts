import { once } from 'node:events';
import { connect } from 'node:http2';
import { setImmediate as turn } from 'node:timers/promises';
import { Server, type sendUnaryData } from '@grpc/grpc-js';
import { listen } from '../../testing/listen.ts';
import { bytesMethod } from './bytesMethod.ts';
import { emptyCall } from './emptyCall.ts';

const GRACE_MS = 60_000;
const echo = bytesMethod('/test.Echo/Echo');

/**
 * Drains a connection of a grpc-js server when a call has just been written to it. Answers the call's grpc-status, or rejects
 * when it was refused.
 */
export async function callBeforeDrain(): Promise<string> {
  const server = new Server();
  server.addService(
    { echo },
    {
      echo: (call: { request: Buffer }, callback: sendUnaryData<Buffer>) =>
        callback(null, call.request),
    },
  );
  const port = await listen(server);
  const session = connect(`http://127.0.0.1:${port}`);
  try {
    await once(emptyCall(session, echo.path), 'close');
    const trailers = once(emptyCall(session, echo.path), 'trailers');
    // Node writes it at the end of this turn.
    await turn();
    server.drain(`127.0.0.1:${port}`, GRACE_MS);
    const [received] = await trailers;
    return received['grpc-status'];
  } finally {
    session.destroy();
    server.forceShutdown();
  }
}
