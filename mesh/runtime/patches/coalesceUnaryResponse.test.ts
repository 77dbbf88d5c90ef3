import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Metadata, Server, status as Status } from '@grpc/grpc-js';
import { EchoServiceDefinition } from '@weft/proto/bench/v1/echo';
import { RpcError } from '../rpc/RpcError.ts';
import { implement } from '../server/implement.ts';
import { bytesMethod } from '../testing/bytesMethod.ts';
import { memoryLogger } from '../testing/memoryLogger.ts';
import { TestServer } from '../testing/TestServer.ts';
import { writesOfAnswer } from '../testing/writesOfAnswer.ts';
import { applyPatch } from './applyPatches.ts';
import { coalesceUnaryResponse } from './coalesceUnaryResponse.ts';

await applyPatch(coalesceUnaryResponse, { log: memoryLogger([]) });

const echo = bytesMethod('/test.Echo/Echo');

test('an answer is whole once its first byte is out: a server killed then has failed nobody', async (t) => {
  const server = new Server();
  server.addService(
    { echo },
    {
      echo: (
        call: { request: Buffer },
        callback: (error: null, response: Buffer, trailer: Metadata) => void,
      ) => callback(null, call.request, new Metadata()),
    },
  );
  t.after(() => server.forceShutdown());
  assert.deepEqual(await writesOfAnswer(server, echo.path), [['HEADERS', 'DATA', 'HEADERS']]);
});

test('a caller gets the message, the trailer in all its parts, and the status', async (t) => {
  const server = await TestServer.start(
    implement(EchoServiceDefinition, {
      echo: async (request, { trailer }) => {
        trailer.set('x-one', 'a, b');
        trailer.add('x-two', 'a');
        trailer.add('x-two', 'b');
        trailer.set('x-bytes-bin', Buffer.from([0, 255]));
        if (request.number === 2) throw new RpcError(Status.NOT_FOUND, 'no such thing: ß\n');
        return request;
      },
    }),
  );
  t.after(() => server.stop());
  const client = server.client(EchoServiceDefinition);
  let trailer = new Metadata();
  const options = {
    onTrailer: (received: Metadata) => {
      trailer = received;
    },
  };
  const request = { name: 'a', number: 1, payload: Buffer.from('b') };
  assert.deepEqual(await client.echo(request, options), request);
  assert.deepEqual(trailer.get('x-one'), ['a, b']);
  assert.deepEqual(trailer.get('x-two'), ['a, b']);
  assert.deepEqual(trailer.get('x-bytes-bin'), [Buffer.from([0, 255])]);
  await assert.rejects(client.echo({ ...request, number: 2 }, options), {
    code: Status.NOT_FOUND,
    message: 'no such thing: ß\n',
  });
});

test('a message of many windows of flow control arrives whole', async (t) => {
  const payload = Buffer.alloc(1_000_000, 'a');
  const server = await TestServer.start(
    implement(EchoServiceDefinition, { echo: async (request) => request }),
  );
  t.after(() => server.stop());
  const client = server.client(EchoServiceDefinition);
  const echoes = Array.from({ length: 4 }, (_, i) =>
    client.echo({ name: 'a', number: i + 1, payload }),
  );
  for (const echoed of await Promise.all(echoes)) assert.ok(payload.equals(echoed.payload));
});
