import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { decodeJwt } from 'jose';
import { WebSocketServer } from 'ws';
import { parseJwks, tokenRules } from '../../principal/index.ts';
import { eventually } from '../../testing/eventually.ts';
import { TestIdentity } from '../../testing/TestIdentity.ts';
import { sessionRevoked } from '../principal/Principals.ts';
import { CallScope } from '../rpc/CallScope.ts';
import type { RpcError } from '../rpc/RpcError.ts';
import { HttpTestServer } from '../testing/HttpTestServer.ts';
import { implementHttp } from './HttpImplementation.ts';

const identity = await TestIdentity.create();

test('a path for users lets in whom a token proves, tells the handler, and refuses others with the reason', async (t) => {
  const server = await HttpTestServer.start(
    [
      implementHttp('/mine', {
        request: (_, response, { principal }) => void response.end(String(principal?.subject)),
      }),
    ],
    [],
    [
      { path: '/mine/admin', access: 'role', roles: ['admin'] },
      { path: '/mine', access: 'user' },
    ],
  );
  t.after(() => server.stop());
  server.principals.setKeys(parseJwks(identity.jwks));
  const token = await identity.inner({ subject: 'ann' });
  const as = (shown: string) => ({ 'x-weft-principal': shown });
  assert.equal((await server.ask('/mine/1', as(token))).body, 'ann');
  for (const [path, headers, status, reason] of [
    ['/mine/1', {}, 401, 'PRINCIPAL_REQUIRED'],
    ['/mine/1', as('forged'), 401, 'PRINCIPAL_INVALID'],
    ['/mine/1', as(await identity.access()), 401, 'PRINCIPAL_INVALID'],
    ['/mine/admin', as(token), 403, 'ROLE_REQUIRED'],
    ['/mine/admin/x', as(token), 403, 'ROLE_REQUIRED'],
  ] as const) {
    const answer = await server.ask(path, headers);
    assert.equal(answer.status, status, path);
    assert.equal(JSON.parse(answer.body).details[0].reason, reason, path);
    assert.equal(answer.headers['www-authenticate'], status === 401 ? 'Bearer' : undefined);
  }
});

test('the socket of a session that is revoked ends, also when its handler does not care', async (t) => {
  const sockets = new WebSocketServer({ noServer: true });
  const server = await HttpTestServer.start([
    implementHttp('/socket', {
      upgrade: (request, socket, head) =>
        sockets.handleUpgrade(request as never, socket, head, (opened) => opened.send('hello')),
    }),
  ]);
  t.after(() => server.stop());
  server.principals.setKeys(parseJwks(identity.jwks));
  const open = async (session: string) => {
    const stream = server.open('/socket', {
      ...{ ':method': 'CONNECT', ':protocol': 'websocket', 'sec-websocket-version': '13' },
      'x-weft-principal': await identity.inner({ session }),
    });
    await once(stream, 'data');
    stream.on('error', () => {});
    return stream;
  };
  const [anns, bobs] = [await open('ann'), await open('bob')];
  server.principals.setRevoked(new Set(['ann']));
  server.calls.endStreamsOf((principal) => server.principals.isRevoked(principal), sessionRevoked);
  await eventually(() => assert.equal(anns.closed, true));
  await eventually(() => assert.equal(server.active, 1));
  assert.equal(bobs.closed, false);
});

test('a socket whose client shows his token inside is his from then on, and ends with its session or its token', async (t) => {
  const told: string[] = [];
  const server = await HttpTestServer.start([
    implementHttp('/socket', {
      upgrade: async (request, socket, _head, context) => {
        socket.on('error', () => {});
        const { principal: before } = context;
        const token = String(request.headers['x-token']);
        const said = await context.authenticate(token).then(
          ({ subject }) => subject,
          ({ message }: RpcError) => message,
        );
        told.push(`${before?.subject} ${said} ${context.principal?.subject}`);
        socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\nhello');
      },
    }),
  ]);
  t.after(() => server.stop());
  server.principals.setKeys(parseJwks(identity.jwks));
  const open = async (token: string) => {
    const stream = server.open('/socket', {
      ...{ ':method': 'CONNECT', ':protocol': 'websocket', 'x-token': token },
    });
    stream.on('error', () => {});
    await once(stream, 'data');
    return { stream, said: told.at(-1) };
  };
  const anns = await open(await identity.access({ subject: 'ann', session: 'ann' }));
  const bobs = await open(await identity.access({ subject: 'bob' }));
  assert.deepEqual([anns.said, bobs.said], ['undefined ann ann', 'undefined bob bob']);
  const forged = await (await TestIdentity.create(identity.key.kid)).access();
  for (const [token, reason] of [
    [await identity.inner(), 'the principal’s token is not good'],
    [forged, 'the principal’s token is not good'],
    ['none', 'the principal’s token is not good'],
    [await identity.access({}, { lifeSeconds: -120 }), 'the principal’s token has expired'],
  ] as const) {
    assert.equal((await open(token)).said, `undefined ${reason} undefined`);
  }
  // Its grace is nearly over when it is shown; an access token has none, and is good.
  const claims = decodeJwt(await identity.access({ subject: 'cleo' }));
  const inner = await identity.inner({ subject: 'cleo' }, { lifeSeconds: -57 });
  const cleos = await open(await identity.sign({ ...claims, [tokenRules.innerClaim]: inner }));
  assert.equal(cleos.said, 'undefined cleo cleo');
  await eventually(() => assert.equal(cleos.stream.closed, true));

  server.principals.setRevoked(new Set(['ann']));
  server.calls.endStreamsOf((principal) => server.principals.isRevoked(principal), sessionRevoked);
  await eventually(() => assert.equal(anns.stream.closed, true));
  assert.equal(bobs.stream.closed, false);
  const again = await open(await identity.access({ subject: 'ann', session: 'ann' }));
  assert.equal(again.said, 'undefined the session has been revoked undefined');
});

test('what a message in a socket asks for is done on behalf of who has shown his token in it, and not after its end', async (t) => {
  const told: (string | undefined)[] = [];
  let isOver: (() => boolean) | undefined;
  const server = await HttpTestServer.start([
    implementHttp('/socket', {
      upgrade: (_request, socket, _head, context) => {
        socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\nhello');
        isOver = () => context.run(() => CallScope.current()?.cancelled !== undefined);
        socket.on('data', async (token) => {
          await context.authenticate(String(token));
          told.push(context.run(() => CallScope.current()?.principalToken));
        });
      },
    }),
  ]);
  t.after(() => server.stop());
  server.principals.setKeys(parseJwks(identity.jwks));
  const stream = server.open('/socket', { ':method': 'CONNECT', ':protocol': 'websocket' });
  await once(stream, 'data');
  stream.write(await identity.access({ subject: 'ann' }));
  await eventually(() => assert.equal(told.length, 1));
  assert.equal(decodeJwt(told[0] ?? '').sub, 'ann');
  assert.equal(isOver?.(), false);
  stream.close();
  await eventually(() => assert.equal(isOver?.(), true));
});
