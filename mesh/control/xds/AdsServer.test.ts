import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client, credentials, type ServiceError, status } from '@grpc/grpc-js';
import { pino } from 'pino';
import { FakeSource } from '../testing/FakeSource.ts';
import { AdsServer } from './AdsServer.ts';
import { isLoopback } from './isLoopback.ts';
import { protoRoot } from './protoRoot.ts';

const log = pino({ level: 'silent' });
const serverOn = (listen: string) => new AdsServer({ listen, source: new FakeSource(), log });

test('only addresses of this machine alone count as loopback', () => {
  for (const address of ['127.0.0.1:1', '127.9.9.9:1', '[::1]:1', 'localhost:1', 'unix:/x']) {
    assert.equal(isLoopback(address), true, address);
  }
  for (const address of ['0.0.0.0:1', '[::]:1', '10.0.0.1:1', 'example.com:1', ':1', '127.0.0.1']) {
    assert.equal(isLoopback(address), false, address);
  }
});

test('refuses to serve plain text to the network', async () => {
  await assert.rejects(serverOn('0.0.0.0:0').start(), /loopback only: 0\.0\.0\.0:0 is not/);
});

test('a port that is taken is an error that names it', async () => {
  const first = serverOn('127.0.0.1:0');
  await first.start();
  const address = first.target.slice('ipv4:'.length);
  await assert.rejects(serverOn(address).start(), new RegExp(`EADDRINUSE.*${address}`));
  await first.stop();
});

test('a client that cannot be served hears why', async () => {
  const server = serverOn('127.0.0.1:0');
  await server.start();
  const client = new Client(server.target, credentials.createInsecure());
  const request = protoRoot.lookupType('envoy.service.discovery.v3.DiscoveryRequest');
  const call = client.makeBidiStreamRequest(
    '/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources',
    (message: object) => Buffer.from(request.encode(request.fromObject(message)).finish()),
    (bytes: Buffer) => bytes,
  );
  call.resume();
  const failed = new Promise<ServiceError>((resolve) => call.on('error', resolve));
  call.write({ node: { user_agent_name: 'envoy' } });
  const error = await failed;
  assert.equal(error.code, status.INVALID_ARGUMENT);
  assert.match(error.details, /weft-sds/);
  assert.deepEqual(server.streams, []);
  client.close();
  await server.stop();
});
