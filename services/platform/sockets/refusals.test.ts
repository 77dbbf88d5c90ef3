import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Contracts } from '@weft/mesh/contracts';
import { errorInfo, type Principal, RpcError, Status } from '@weft/mesh/runtime';
import { testPrincipal } from '@weft/mesh/testing/TestIdentity';
import { Client } from './testing/Client.ts';
import { openSockets } from './testing/openSockets.ts';
import { States } from './testing/States.ts';

const contracts = Contracts.load();

test('a client that polls is told by its connect_error to use WebSockets', async () => {
  await using sockets = await openSockets({ contracts });
  for (const transports of [['polling', 'websocket'], ['polling']]) {
    await assert.rejects(
      Client.open(sockets.url, { transports }),
      (error: Error & { data?: unknown }) => {
        assert.match(error.message, /long polling is not served here/);
        assert.equal(Object(error.data).reason, 'WEBSOCKET_REQUIRED');
        return true;
      },
    );
  }
  assert.equal(sockets.server.size, 0);
});

test('whose token is not good is told why, and who shows none is a guest', async () => {
  const user = testPrincipal();
  const authenticate = async (token: string): Promise<Principal> => {
    if (token === 'good') return user;
    throw new RpcError(Status.UNAUTHENTICATED, 'the session has been revoked', {
      details: [errorInfo('SESSION_REVOKED')],
    });
  };
  await using sockets = await openSockets({ contracts, authenticate });
  await assert.rejects(Client.open(sockets.url, { auth: { token: 'bad' } }), {
    message: 'the session has been revoked',
    data: {
      ...{ code: 'UNAUTHENTICATED', reason: 'SESSION_REVOKED' },
      message: 'the session has been revoked',
    },
  });
  await assert.rejects(Client.open(sockets.url, { auth: { token: 7 } }), {
    message: 'auth.token is an access token',
  });
  using guest = await Client.open(sockets.url);
  const own = await guest.join(`user:${user.subject}`);
  assert.equal(own.error?.reason, 'PRINCIPAL_REQUIRED');
  using known = await Client.open(sockets.url, { auth: { token: 'good' } });
  const other = await known.join(`user:${testPrincipal().subject}`);
  assert.deepEqual([other.error?.code, other.error?.reason], ['PERMISSION_DENIED', 'ROOM_NOT_OWN']);
});

test('rooms that nobody declares, and what is no name or position, are refused by name', async () => {
  const states = new States();
  await using sockets = await openSockets({ contracts, callStates: states.call });
  using client = await Client.open(sockets.url);
  for (const room of [
    '',
    'asset',
    'asset:',
    'other:1',
    'constructor',
    '__proto__:x',
    `asset:${'x'.repeat(300)}`,
  ]) {
    assert.equal((await client.join(room)).error?.reason, 'ROOM_UNKNOWN', room);
  }
  // The service's own refusal, which the gateway knows nothing of.
  const refused = await client.join(`asset:${'x'.repeat(40)}`);
  assert.deepEqual(refused.error, {
    code: 'INVALID_ARGUMENT',
    message: 'asset_symbol is too long',
  });
  for (const from of [7, { epoch: 'state' }, { epoch: 'state', offset: 7 }]) {
    const { error } = await client.join('asset:A', from as never);
    assert.equal(error?.code, 'INVALID_ARGUMENT');
  }
  const unknown = await client.socket.emitWithAck('constructor', 1);
  assert.equal(unknown.error.reason, 'MESSAGE_UNKNOWN');
  assert.equal((await client.socket.emitWithAck('join', { a: 1 })).error.code, 'INVALID_ARGUMENT');
});
