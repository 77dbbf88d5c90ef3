import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';
import { test } from 'node:test';
import { ServerInterceptingCall, type ServerInterceptor, status as Status } from '@grpc/grpc-js';
import { WebSocketServer } from 'ws';
import { eventually } from '../../testing/eventually.ts';
import { RpcError } from '../rpc/RpcError.ts';
import { emptyCall } from '../testing/emptyCall.ts';
import { ECHO, HttpTestServer } from '../testing/HttpTestServer.ts';
import { type HttpHandler, implementHttp } from './HttpImplementation.ts';

const page =
  (text: string): HttpHandler =>
  (request, response) => {
    response.setHeader('content-type', 'text/plain');
    response.end(`${text} ${request.method} ${request.url}`);
  };

test('a page, what is below it, and gRPC are served on one connection', async (t) => {
  const server = await HttpTestServer.start([
    implementHttp('/docs', { request: page('docs') }),
    implementHttp('/docs/api', { request: page('api') }),
  ]);
  t.after(() => server.stop());
  const { status, headers, body } = await server.ask('/docs/a/b.css?v=1');
  assert.deepEqual(
    [status, headers['content-type'], body],
    [200, 'text/plain', 'docs GET /docs/a/b.css?v=1'],
  );
  assert.match((await server.ask('/docs/api/x')).body, /^api GET/);
  const [trailers] = await once(emptyCall(server.session, ECHO.path), 'trailers');
  assert.equal(trailers['grpc-status'], '0');
  await eventually(() => assert.equal(server.durations.length, 2));
  assert.deepEqual(server.durations[1]?.attributes, {
    'http.request.method': 'GET',
    'http.route': '/docs/api',
    'http.response.status_code': 200,
  });
});

test('the span of a request has its route, and neither its path nor its query', async (t) => {
  const server = await HttpTestServer.start([implementHttp('/docs', { request: page('docs') })]);
  t.after(() => server.stop());
  assert.equal((await server.ask('/docs/hush?ticket=hush')).status, 200);
  await eventually(() => assert.equal(server.traces.getFinishedSpans().length, 1));
  const [span] = server.traces.getFinishedSpans();
  assert.equal(span?.name, 'GET /docs');
  assert.deepEqual(span?.attributes, {
    'http.request.method': 'GET',
    'http.route': '/docs',
    'http.response.status_code': 200,
  });
});

test('what nobody serves is 404, and a verb that nobody takes is 405, as google.rpc.Status', async (t) => {
  const server = await HttpTestServer.start([
    implementHttp('/docs', { request: page('docs') }),
    implementHttp('/socket', { upgrade: () => {} }),
  ]);
  t.after(() => server.stop());
  for (const path of ['/', '/docsx', '/other']) {
    const { status, headers, body } = await server.ask(path);
    assert.equal(status, 404, path);
    assert.equal(headers['content-type'], 'application/json');
    assert.equal(JSON.parse(body).code, Status.NOT_FOUND);
  }
  assert.equal((await server.ask('/socket')).status, 405);
});

test('a path that can be read in two ways is refused, so that permissions mean what is served', async (t) => {
  const seen: string[] = [];
  const server = await HttpTestServer.start([
    implementHttp('/', {
      request: (request, response) => {
        seen.push(request.url);
        response.end();
      },
    }),
  ]);
  t.after(() => server.stop());
  for (const path of [
    '/a/../b',
    '/a/./b',
    '/a//b',
    '/%2e%2e/b',
    '/a%2Fb',
    '/a\\b',
    '/..',
    '/a%5cb',
  ]) {
    assert.equal((await server.ask(path)).status, 400, path);
  }
  assert.deepEqual(seen, []);
  for (const path of ['/', '/a/', '/a.b/..c', '/?q=/../', '/a%20b']) {
    assert.equal((await server.ask(path)).status, 200, path);
  }
});

test('whom an interceptor refuses, as the permissions do, no handler hears of', async (t) => {
  const deny: ServerInterceptor = ({ path }, call) =>
    new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata: (metadata, admit) => {
            if (path === '/open' && metadata.get('x-who')[0] === 'friend') admit(metadata);
            else call.sendStatus({ code: Status.PERMISSION_DENIED, details: 'no' });
          },
        }),
    });
  let handled = 0;
  const count: HttpHandler = (_, response) => {
    handled += 1;
    response.end('in');
  };
  const server = await HttpTestServer.start([implementHttp('/', { request: count })], [deny]);
  t.after(() => server.stop());
  for (const [path, who] of [
    ['/open', 'foe'],
    ['/closed', 'friend'],
  ] as const) {
    const { status, body } = await server.ask(path, { 'x-who': who });
    assert.deepEqual([status, JSON.parse(body).message], [403, 'no']);
  }
  assert.equal(handled, 0);
  assert.equal((await server.ask('/open', { 'x-who': 'friend' })).body, 'in');
});

test('what a handler throws becomes its status, and nothing of the inside gets out', async (t) => {
  const server = await HttpTestServer.start([
    implementHttp('/gone', {
      request: () => {
        throw new RpcError(Status.NOT_FOUND, 'no picture 7');
      },
    }),
    implementHttp('/broken', {
      request: async () => {
        throw new Error('password is hunter2');
      },
    }),
  ]);
  t.after(() => server.stop());
  assert.deepEqual(await statusOf('/gone'), [404, 'no picture 7']);
  assert.deepEqual(await statusOf('/broken'), [500, 'internal error']);
  await eventually(() => assert.equal(server.active, 0));
  const line = server.lines.find(({ level }) => level === 'error');
  assert.equal((line?.err as Error | undefined)?.message, 'password is hunter2');

  async function statusOf(path: string) {
    const { status, body } = await server.ask(path);
    return [status, JSON.parse(body).message];
  }
});

test('an upload larger than any message arrives whole, and waits for a slow reader', async (t) => {
  const server = await HttpTestServer.start([
    implementHttp('/hash', {
      request: async (request, response) => {
        const hash = createHash('sha256');
        await pipeline(request, hash);
        response.end(hash.digest('hex'));
      },
    }),
  ]);
  t.after(() => server.stop());
  const body = Buffer.alloc(16 * 1_048_576, 'weft');
  const answer = await server.ask('/hash', { ':method': 'PUT' }, body);
  assert.equal(answer.body, createHash('sha256').update(body).digest('hex'));
});

test('the deadline of a request ends it, and a client that goes ends it too', async (t) => {
  const ended: string[] = [];
  const server = await HttpTestServer.start([
    implementHttp('/wait', {
      request: (_, __, { signal }) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            ended.push(signal.reason.codeName);
            resolve();
          });
        }),
    }),
  ]);
  t.after(() => server.stop());
  assert.equal((await server.ask('/wait', { 'grpc-timeout': '50m' })).status, 504);
  assert.deepEqual(ended, ['DEADLINE_EXCEEDED']);
  const stream = server.open('/wait');
  stream.on('error', () => {});
  await eventually(() => assert.equal(server.active, 1));
  stream.close(8);
  await eventually(() => assert.deepEqual(ended, ['DEADLINE_EXCEEDED', 'CANCELLED']));
  assert.equal(server.active, 0);
});

test('a WebSocket of a library for HTTP/1.1 works over HTTP/2', async (t) => {
  const sockets = new WebSocketServer({ noServer: true });
  sockets.on('connection', (socket) => socket.on('message', (data) => socket.send(`you: ${data}`)));
  const server = await HttpTestServer.start([
    implementHttp('/socket', {
      upgrade: (request, socket, head) =>
        sockets.handleUpgrade(request as never, socket, head, (opened) =>
          sockets.emit('connection', opened, request),
        ),
    }),
  ]);
  t.after(() => server.stop());
  const stream = server.session.request(
    {
      ':method': 'CONNECT',
      ':protocol': 'websocket',
      ':path': '/socket/room',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    },
    { endStream: false },
  );
  const [headers] = await once(stream, 'response');
  assert.equal(headers[':status'], 200);
  // RFC 6455, 1.3.
  assert.equal(headers['sec-websocket-accept'], 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
  stream.write(Buffer.from([0x81, 0x82, 0, 0, 0, 0, ...Buffer.from('hi')]));
  let received = Buffer.alloc(0);
  stream.on('data', (chunk) => {
    received = Buffer.concat([received, chunk]);
  });
  await eventually(() => assert.equal(received.subarray(2).toString(), 'you: hi'));
  assert.equal(server.active, 1);
  // Close.
  stream.end(Buffer.from([0x88, 0x80, 0, 0, 0, 0]));
  await eventually(() => assert.equal(server.active, 0));
});

test('a route that is none, or is served twice, or has no handler, is refused at the start', async () => {
  for (const route of ['docs', '/docs/', '/a b', '/{x}', '']) {
    assert.throws(() => implementHttp(route, { request: () => {} }), TypeError, route);
  }
  assert.throws(() => implementHttp('/docs', {}), /no handler/);
  const twice = [page('1'), page('2')].map((request) => implementHttp('/docs', { request }));
  await assert.rejects(HttpTestServer.start(twice), /served twice/);
});
