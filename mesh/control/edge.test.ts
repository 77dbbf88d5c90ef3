import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { pino } from 'pino';
import { Contracts } from '../contracts/index.ts';
import { eventually } from '../testing/eventually.ts';
import { freePort } from '../testing/freePort.ts';
import { TestConsul } from '../testing/TestConsul.ts';
import { writeIdentity } from '../testing/writeIdentity.ts';
import type { Status } from './admin/Status.ts';
import { ControlPlane } from './ControlPlane.ts';
import { MeshPeer } from './testing/MeshPeer.ts';
import type { PeerReply } from './testing/peerProtocol.ts';
import { SlowLink } from './testing/SlowLink.ts';
import { TestEnvoy } from './testing/TestEnvoy.ts';

const log = pino({ level: process.env.WEFT_LOG_LEVEL ?? 'silent' });
const contracts = Contracts.load();
const publicRead = contracts.methods.find(
  (method) =>
    method.access === 'public' &&
    method.idempotency === 'no_side_effects' &&
    !method.responseStream,
);
const write = contracts.methods.find(
  (method) => method.access === 'public' && method.idempotency === 'unknown',
);
const internal = contracts.methods.find(
  (method) => method.access === 'internal' && method.meshService,
);

/** The origin whose pages may call. */
const PAGE = 'https://page.example';

describe('a stock Envoy fed by the control plane', { timeout: 120_000 }, () => {
  assert.ok(publicRead?.meshService && publicRead.timeoutMs && internal);
  const { path, meshService, rateLimit, timeoutMs } = publicRead;
  let consul: TestConsul;
  let control: ControlPlane;
  let server: MeshPeer;
  let link: SlowLink;
  let envoy: TestEnvoy;

  before(async () => {
    consul = await TestConsul.start();
    control = await ControlPlane.start({
      listen: '127.0.0.1:0',
      admin: '127.0.0.1:0',
      consul: consul.client,
      contracts,
      corsOrigins: [PAGE],
      log,
    });
    const { xdsServer } = control;
    server = await MeshPeer.start({
      consul,
      service: meshService,
      xdsServer,
      methods: [path, write?.path ?? ''],
    });
    await consul.intend(meshService, { gateway: 'allow' });
    link = await SlowLink.start(await server.serve());
    await consul.register({ service: meshService, port: link.port });
    const identity = await writeIdentity(consul.client, 'gateway');
    envoy = await TestEnvoy.start(Number(xdsServer.split(':').at(-1)), identity);
  });

  after(async () => {
    await envoy?.stop();
    link?.stop();
    await server?.stop();
    await control?.stop();
    await consul?.stop();
  });

  test('a public method is reached over mutual TLS, as the gateway', async () => {
    const reply = await eventually(async () => {
      const some = await envoy.grpc(path);
      assert.equal(some.headers['grpc-status'], '0', JSON.stringify(some.headers));
      return some;
    });
    const said = JSON.parse(reply.body.subarray(5).toString()) as PeerReply;
    assert.match(said.caller, /\/svc\/gateway$/);
    assert.ok(said.remainingMs && said.remainingMs <= timeoutMs, `${said.remainingMs} ms left`);
  });

  test('an instance that is too busy to answer for a while keeps its connections', async () => {
    const before = link.connections;
    assert.ok(before.length > 0);
    // Longer than the pause between pings, so that what is heard last is one, for which there is no answer all the while.
    await link.holdAnswers(2_500);
    assert.equal((await envoy.grpc(path)).headers['grpc-status'], '0');
    assert.deepEqual(link.connections, before);
  });

  test("a caller's own deadline, when it is shorter, reaches the server", async () => {
    const reply = await envoy.grpc(path, { 'grpc-timeout': '900m' });
    const said = JSON.parse(reply.body.subarray(5).toString()) as PeerReply;
    assert.ok(said.remainingMs && said.remainingMs <= 900, `${said.remainingMs} ms left`);
  });

  test('Envoy has taken clusters, endpoints and routes', async () => {
    await eventually(async () => {
      const status = (await (await fetch(`${control.adminUrl}/status`)).json()) as Status;
      const edge = status.clients.find(({ role }) => role === 'edge');
      assert.deepEqual(
        edge?.types.map(({ type, state }) => `${type} ${state}`),
        ['cluster acked', 'endpoints acked', 'routes acked'],
      );
    });
  });

  test('an instance that is gone, and that Consul has not missed yet, costs no read', async () => {
    await consul.register({ service: meshService, id: 'gone', port: await freePort() });
    await eventually(async () => {
      const clusters = await (await fetch(`${envoy.adminUrl}/clusters`)).text();
      const instances = clusters.match(new RegExp(`^${meshService}::.*::cx_total`, 'gm'));
      assert.equal(instances?.length, 2, clusters);
    });
    // At once: those of one alone would reach the two in turn, whatever they are told.
    const calls = Array.from({ length: 90 }, () => envoy.grpc(path, {}, '127.0.0.2'));
    const codes = (await Promise.all(calls)).map(({ headers }) => headers['grpc-status']);
    await consul.setHealth('gone', 'fail');
    assert.deepEqual(new Set(codes), new Set(['0']));
  });

  test('what is not public, and what does not exist, is not found', async () => {
    assert.equal((await envoy.grpc(internal.path)).headers['grpc-status'], '12');
    const page = await envoy.request({ ':method': 'GET', ':path': '/nothing/here' });
    assert.equal(page.status, 404);
  });

  test('a browser may call from the pages that are named, and from no other', async () => {
    const ask = (origin: string) =>
      envoy.request({
        ':method': 'OPTIONS',
        ':path': '/v1/anything',
        origin,
        'access-control-request-method': 'POST',
      });
    const { status, headers } = await ask(PAGE);
    assert.equal(status, 200);
    assert.equal(headers['access-control-allow-origin'], PAGE);
    assert.equal(headers['access-control-allow-credentials'], undefined);
    const reply = await envoy.grpc(path, { origin: PAGE });
    assert.equal(reply.headers['grpc-status'], '0');
    assert.equal(reply.headers['access-control-allow-origin'], PAGE);
    for (const origin of ['https://other.example', `${PAGE}.other.example`, 'null']) {
      assert.equal((await ask(origin)).headers['access-control-allow-origin'], undefined, origin);
    }
  });

  test('an address that calls too often is told so', async () => {
    const replies = await Promise.all(
      Array.from({ length: rateLimit.requests * 2 }, () => envoy.grpc(path)),
    );
    const codes = new Set(replies.map((reply) => reply.headers['grpc-status']));
    assert.deepEqual([...codes].sort(), ['0', '8']);
  });

  test('who sends other headers, or has many addresses in one network, has no other limit', async () => {
    assert.ok(write?.meshService);
    const remaining = async (address: string, headers: Record<string, string> = {}) => {
      const reply = await envoy.grpc(write.path, { 'x-forwarded-for': address, ...headers });
      return Number(reply.headers['x-ratelimit-remaining']);
    };
    const most = write.rateLimit.requests - 1;
    const name = { Name: write.meshService };
    await consul.configure({ Kind: 'service-defaults', ...name, Protocol: 'grpc' });
    await consul.configure({
      Kind: 'service-router',
      ...name,
      Routes: [
        { Match: { HTTP: { Header: [{ Name: 'x-version', Exact: 'v2' }] } }, Destination: {} },
      ],
    });
    await eventually(async () => {
      const routes = await (
        await fetch(`${envoy.adminUrl}/config_dump?resource=dynamic_route_configs`)
      ).text();
      assert.match(routes, /x-version/);
    });
    // A new route configuration has full buckets.
    const address = '2001:db8:1';
    assert.equal(await remaining(`${address}:1::1`), most);
    assert.equal(await remaining(`${address}:1::1`, { 'x-version': 'v2' }), most - 1);
    assert.equal(await remaining(`${address}:ffff::9`), most - 2);
    assert.equal(await remaining('192.0.2.1'), most);
    assert.equal(await remaining('192.0.2.2', { 'x-version': 'v2' }), most);
    await consul.forget('service-router', write.meshService);
  });

  test('a call without intention is refused by the server', async () => {
    await consul.forgetIntentions(meshService);
    await eventually(async () =>
      assert.equal((await envoy.grpc(path)).headers['grpc-status'], '7'),
    );
  });
});
