import assert from 'node:assert/strict';
import type { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client, credentials, Metadata, Server } from '@grpc/grpc-js';
import { BaseServerInterceptingCall } from '@grpc/grpc-js/build/src/server-interceptors.js';
import { Http2SubchannelCall } from '@grpc/grpc-js/build/src/subchannel-call.js';
import { eventually } from '../../testing/eventually.ts';
import { listen } from '../../testing/listen.ts';
import { bytesMethod } from '../testing/bytesMethod.ts';
import { memoryLogger } from '../testing/memoryLogger.ts';
import { applyPatch } from './applyPatches.ts';
import {
  forgetEndedCalls,
  type InterceptingCall,
  type SubchannelCall,
} from './forgetEndedCalls.ts';

const clientCalls: object = Http2SubchannelCall.prototype;
const serverCalls: object = BaseServerInterceptingCall.prototype;
const ended: { client?: SubchannelCall; caller?: unknown; server?: InterceptingCall } = {};
const { outputStatus } = clientCalls as SubchannelCall;
(clientCalls as SubchannelCall).outputStatus = function () {
  ended.client = this;
  ended.caller = this.listener;
  outputStatus.call(this);
};
const { notifyOnCancel } = serverCalls as InterceptingCall;
(serverCalls as InterceptingCall).notifyOnCancel = function () {
  ended.server = this;
  notifyOnCancel.call(this);
};
await applyPatch(forgetEndedCalls, { log: memoryLogger([]) });

const echo = bytesMethod('/test.Echo/Echo');

test('a call is answered, and once it has ended nothing of its caller or handler hangs on its stream', async (t) => {
  const server = new Server();
  server.addService(
    { echo },
    {
      echo: (call: { request: Buffer }, callback: (error: null, response: Buffer) => void) =>
        callback(null, call.request),
    },
  );
  const port = await listen(server);
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  t.after(() => {
    client.close();
    server.forceShutdown();
  });
  const { path, requestSerialize, responseDeserialize } = echo;
  const response = await new Promise<Buffer | undefined>((resolve, reject) => {
    client.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      Buffer.from('a'),
      (error, answer) => {
        if (error) reject(error);
        else resolve(answer);
      },
    );
  });
  assert.equal(String(response), 'a');
  await eventually(() => {
    assert.ok(ended.client && ended.server);
    assert.notEqual(ended.client.listener, ended.caller);
    assert.equal(ended.server.listener, null);
  });
});

/** The methods that grpc-js calls on what listens to a call, by its source. */
function methodsOfListener(module: string): string[] {
  const source = readFileSync(fileURLToPath(import.meta.resolve(module)), 'utf8');
  return [...source.matchAll(/this\.listener\.(\w+)\(/g)].map(([, method]) => method ?? '');
}

test('whatever comes for a call that has ended finds somebody who hears it, and no null', async () => {
  const { client, server } = ended;
  assert.ok(client && server, 'no call has ended');
  const module = '@grpc/grpc-js/build/src/subchannel-call.js';
  const methods = methodsOfListener(module);
  assert.ok(methods.length >= 3);
  for (const method of methods) {
    assert.equal(typeof Reflect.get(client.listener, method), 'function', method);
  }
  // grpc-js keeps null there itself, until a call is started.
  assert.equal(server.listener, null);
  const late: [object, string, ...unknown[]][] = [
    [client, 'onDisconnect'],
    [client, 'endCall', { code: 14, details: 'late', metadata: new Metadata() }],
    [client, 'handleTrailers', { 'grpc-status': '13' }],
    [client, 'outputStatus'],
    [client, 'push', Buffer.from('late')],
    [client, 'tryPush', Buffer.from('late')],
    [client, 'startRead'],
    [client, 'cancelWithStatus', 1, 'late'],
    [server, 'notifyOnCancel'],
    [server, 'handleDataFrame', Buffer.alloc(5)],
    [server, 'handleEndEvent'],
    [server, 'maybePushNextMessage'],
    [server, 'startRead'],
    [server, 'sendStatus', { code: 4, details: 'the deadline', metadata: null }],
  ];
  const { http2Stream } = client as unknown as { http2Stream: EventEmitter };
  const { stream } = server as unknown as { stream: EventEmitter };
  for (const [call, method, ...parameters] of late) {
    Reflect.apply(Reflect.get(call, method), call, parameters);
  }
  for (const each of [http2Stream, stream]) {
    each.emit('response', { ':status': 200 }, 0);
    each.emit('trailers', { 'grpc-status': '0' }, 0);
    each.emit('data', Buffer.alloc(5));
    each.emit('end');
    each.emit('error', new Error('late'));
    each.emit('close');
  }
  // What throws in a later turn would fail this test as well.
  for (let turn = 0; turn < 5; turn++) await setImmediate();
});
