import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, credentials, Server } from '@grpc/grpc-js';
import { listen } from '../../testing/listen.ts';
import { bytesMethod } from '../testing/bytesMethod.ts';
import { memoryLogger } from '../testing/memoryLogger.ts';
import { applyPatch } from './applyPatches.ts';
import { keepaliveWhileDraining } from './keepaliveWhileDraining.ts';

await applyPatch(keepaliveWhileDraining, { log: memoryLogger([]) });

const echo = bytesMethod('/test.Echo/Echo');

test('a call under way on a connection that is drained is served to its end, keepalive or not', async (t) => {
  const keepalive = { 'grpc.keepalive_time_ms': 50, 'grpc.keepalive_timeout_ms': 50 };
  const server = new Server(keepalive);
  const started = Promise.withResolvers<void>();
  server.addService(
    { echo },
    {
      echo: async (
        call: { request: Buffer },
        callback: (error: null, response: Buffer) => void,
      ) => {
        started.resolve();
        await sleep(500);
        callback(null, call.request);
      },
    },
  );
  const port = await listen(server);
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), keepalive);
  t.after(() => {
    client.close();
    server.forceShutdown();
  });
  const response = new Promise<Buffer | undefined>((resolve, reject) => {
    client.makeUnaryRequest(
      echo.path,
      echo.requestSerialize,
      echo.responseDeserialize,
      Buffer.from('x'),
      (error, value) => (error ? reject(error) : resolve(value)),
    );
  });
  await started.promise;
  server.drain(`127.0.0.1:${port}`, 10_000);
  assert.equal(String(await response), 'x');
});
