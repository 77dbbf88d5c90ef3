import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:http2';
import { test } from 'node:test';
import { memoryLogger } from '../testing/memoryLogger.ts';
import { TestServer } from '../testing/TestServer.ts';
import { marketData } from '../testing/testServices.ts';
import { applyPatch } from './applyPatches.ts';
import { WINDOW_BYTES, widenFlowControlWindows } from './widenFlowControlWindows.ts';

await applyPatch(widenFlowControlWindows, { log: memoryLogger([]) });

test('a sender may send more than one large batch ahead of the reader', async (t) => {
  const server = await TestServer.start(
    marketData(async function* () {
      yield { acknowledgedSequence: 0 };
      // Reads nothing, and goes on until the call ends.
      await new Promise(() => {});
    }),
  );
  t.after(() => server.stop());
  const session = connect(`http://${server.address}`);
  t.after(() => session.destroy());
  await once(session, 'remoteSettings');
  const widened = once(session, 'remoteSettings');
  const headers = {
    ':method': 'POST',
    ':path': '/market.v1.MarketDataService/StreamMarketData',
    'content-type': 'application/grpc',
    te: 'trailers',
  };
  const stream = session.request(headers, { endStream: false });
  stream.on('error', () => {});
  await widened;
  assert.equal(session.remoteSettings.initialWindowSize, WINDOW_BYTES);
  // All of it is taken, though nothing is read.
  await new Promise((resolve) => stream.write(Buffer.alloc(WINDOW_BYTES - 1_000), resolve));
});
