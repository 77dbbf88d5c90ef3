import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Contracts } from '@weft/mesh/contracts';
import { TestIdentity } from '@weft/mesh/testing/TestIdentity';
import { NO_TRUST, writeTrust } from './access/writeTrust.ts';
import { makeBootstrap } from './makeBootstrap.ts';
import { validate } from './testing/Envoy.ts';

const contracts = Contracts.load();
const options = {
  address: '0.0.0.0',
  port: 8080,
  adminSocket: '/home/weft/gateway/envoy.sock',
  adminPort: 9901,
  controlPlanes: [{ host: '127.0.0.1', port: 18000 }, { path: '/run/weft/control-2.sock' }],
  identity: '/home/weft/identity/gateway-2',
};

test('Envoy accepts it', async () => {
  await validate(makeBootstrap(contracts, options));
});

test('Envoy accepts by what tokens are judged, while nobody signs any and when somebody does', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'weft-trust-'));
  try {
    const { jwks } = await TestIdentity.create();
    for (const trust of [NO_TRUST, { ...NO_TRUST, jwks }]) {
      writeTrust(folder, trust);
      await validate(makeBootstrap(contracts, { ...options, trust: folder, trustedHops: 2 }));
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('Envoy accepts a collector of traces, by gRPC and by HTTP, here and on another machine', async () => {
  for (const protocol of ['grpc', 'http/protobuf'] as const) {
    for (const endpoint of ['http://127.0.0.1:4318', 'https://collector.example/otlp/']) {
      const traces = { endpoint, protocol, headers: { authorization: 'Bearer x' } };
      await validate(makeBootstrap(contracts, { ...options, traces }));
    }
  }
});

test('it says to the control plane what it is and where its certificates lie', () => {
  assert.deepEqual(makeBootstrap(contracts, options).node, {
    id: 'gateway-2',
    cluster: 'gateway',
    metadata: {
      service: 'gateway',
      'weft-role': 'edge',
      'weft-sds': '/home/weft/identity/gateway-2/sds.json',
    },
  });
});

test('it knows every control plane of the host', () => {
  const text = JSON.stringify(makeBootstrap(contracts, options).static_resources);
  assert.match(text, /"port_value":18000/);
  assert.match(text, /\{"path":"\/run\/weft\/control-2\.sock"\}/);
});

test('contracts without a method open to the outside make no edge', () => {
  const closed = Object.create(contracts, {
    methods: { value: contracts.methods.map((method) => ({ ...method, access: 'internal' })) },
  });
  assert.throws(() => makeBootstrap(closed, options), /No method of the contracts is open/);
});
