import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:http2';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { WebSocket } from 'ws';
import {
  forgetApiKey,
  publishApiKey,
  publishKeys,
  revokeSession,
} from '../mesh/testing/publishTrust.ts';
import { TestIdentity } from '../mesh/testing/TestIdentity.ts';
import { TestMesh } from './support/TestMesh.ts';
import { waitFor } from './support/waitFor.ts';

let mesh: TestMesh;
const identity = await TestIdentity.create();

before(async () => {
  const servicesFolder = join(import.meta.dirname, 'support/services');
  mesh = await TestMesh.start({ only: ['room'], servicesFolder });
  await waitFor('the edge to know the room', async () => {
    return (await fetch(`${mesh.edge}/room`)).status === 200;
  });
});
after(() => mesh?.stop());

test("a request from outside reaches a service's HTTP as it was sent, larger than any message of gRPC", async () => {
  const body = Buffer.alloc(9 * 1_048_576, 'weft');
  const response = await fetch(`${mesh.edge}/room/7?side=left`, { method: 'PUT', body });
  assert.equal(response.status, 200);
  assert.deepEqual(await response.json(), {
    ...{ route: '/room', method: 'PUT', url: '/room/7?side=left', peer: 'gateway' },
    sha256: createHash('sha256').update(body).digest('hex'),
  });
});

test('a query is no part of the path that permissions are about', async () => {
  assert.equal((await fetch(`${mesh.edge}/room?side=left`)).status, 200);
});

test('a WebSocket from outside is open both ways', async () => {
  const socket = new WebSocket(`${mesh.edge.replace('http', 'ws')}/room/socket`);
  const said = once(socket, 'message');
  await once(socket, 'open');
  socket.send('hello');
  const [data] = await said;
  assert.equal(String(data), 'you: hello');
  const closed = once(socket, 'close');
  socket.close(1000);
  assert.equal((await closed)[0], 1000);
});

test('a path for API keys lets nobody in without one, and the service is told whose it is', async () => {
  const url = `${mesh.edge}/room/members/1`;
  assert.equal((await fetch(url)).status, 401);
  const { signer } = mesh;
  await publishKeys(signer, identity);
  const token = await identity.inner({ kind: 'api_key', subject: 'nightly' });
  await publishApiKey(signer, 'key', token);
  const ask = () => fetch(url, { headers: { 'x-api-key': 'key' } });
  await waitFor('the key to be known to the edge and the service', async () => {
    const response = await ask();
    return response.status === 200 && (await response.json()).subject === 'nightly';
  });
  await forgetApiKey(signer, 'key');
  await waitFor('the key to be refused', async () => (await ask()).status === 401);
});

test('the WebSocket of a session that is revoked is closed, and no other', async () => {
  await publishKeys(mesh.signer, identity);
  const open = async (session: string) => {
    const authorization = `Bearer ${await identity.access({ session })}`;
    await waitFor('the token to be known to the edge', async () => {
      const response = await fetch(`${mesh.edge}/room`, { headers: { authorization } });
      return (await response.json()).subject !== undefined;
    });
    const socket = new WebSocket(`${mesh.edge.replace('http', 'ws')}/room/socket`, {
      headers: { authorization },
    });
    await once(socket, 'open');
    return socket;
  };
  const [revoked, other] = [await open('revoked'), await open('other')];
  const closed = once(revoked, 'close');
  await revokeSession(mesh.signer, 'revoked');
  await closed;
  other.send('hello');
  const [data] = await once(other, 'message');
  assert.equal(String(data), 'you: hello');
  other.terminate();
});

test('a path that no manifest names leads nowhere', async () => {
  for (const path of ['/roomy', '/', '/lab', '/room/../other']) {
    assert.equal((await fetch(mesh.edge + path)).status, 404, path);
  }
});

test('inside the mesh a service reaches the HTTP of another as intentions say', async () => {
  const folder = await mesh.newIdentity('stranger');
  assert.equal(await statusFor(folder), 403);
  await mesh.setIntention('stranger', 'room', 'allow');
  await waitFor('the intention to take effect', async () => (await statusFor(folder)) === 200);
  await mesh.setIntention('stranger', 'room', 'deny');
  await waitFor('its denial to take effect', async () => (await statusFor(folder)) === 403);
});

/** Of a request to the instance itself, with the certificate in the folder. */
async function statusFor(folder: string): Promise<number> {
  const [instance] = await mesh.instances('room');
  assert.ok(instance);
  const read = (file: string) => readFileSync(join(folder, file));
  const session = connect(`https://127.0.0.1:${instance.Port}`, {
    ...{ key: read('key.pem'), cert: read('cert.pem'), ca: read('roots.pem') },
    checkServerIdentity: () => undefined,
  });
  try {
    const [headers] = await once(session.request({ ':path': '/room' }), 'response');
    return headers[':status'];
  } finally {
    session.destroy();
  }
}
