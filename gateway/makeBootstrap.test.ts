import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Contracts } from '@weft/mesh/contracts';
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

test('Envoy accepts an identity provider on another machine, by its name, and one in a file', async () => {
  const jwks = { keys: [generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' })] };
  const folder = await mkdtemp(join(tmpdir(), 'weft-jwks-'));
  try {
    const file = join(folder, 'jwks.json');
    await writeFile(file, JSON.stringify(jwks));
    for (const place of ['https://id.example/.well-known/jwks.json', file]) {
      const identityProvider = {
        ...{ issuer: 'https://id.example', audiences: ['weft'], rolesClaim: 'roles', jwks: place },
      };
      await validate(makeBootstrap(contracts, { ...options, identityProvider, trustedHops: 2 }));
    }
  } finally {
    await rm(folder, { recursive: true });
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
