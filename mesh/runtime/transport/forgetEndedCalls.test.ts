import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client, credentials, Server } from '@grpc/grpc-js';
import { BaseServerInterceptingCall } from '@grpc/grpc-js/build/src/server-interceptors.js';
import { Http2SubchannelCall } from '@grpc/grpc-js/build/src/subchannel-call.js';
import { eventually } from '../../testing/eventually.ts';
import { listen } from '../../testing/listen.ts';
import { bytesMethod } from '../testing/bytesMethod.ts';
import {
  forgetEndedCalls,
  type InterceptingCall,
  type SubchannelCall,
} from './forgetEndedCalls.ts';

const clientCalls = Http2SubchannelCall as unknown as { prototype: SubchannelCall };
const serverCalls = BaseServerInterceptingCall as unknown as { prototype: InterceptingCall };
const ended: { client?: SubchannelCall; caller?: unknown; server?: InterceptingCall } = {};
const { outputStatus } = clientCalls.prototype;
clientCalls.prototype.outputStatus = function (this: SubchannelCall) {
  ended.client = this;
  ended.caller = this.listener;
  outputStatus.call(this);
};
const { notifyOnCancel } = serverCalls.prototype;
serverCalls.prototype.notifyOnCancel = function (this: InterceptingCall) {
  ended.server = this;
  notifyOnCancel.call(this);
};
forgetEndedCalls(clientCalls, serverCalls);

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
  // What comes too late finds nobody.
  ended.client?.listener.onReceiveStatus();
});
