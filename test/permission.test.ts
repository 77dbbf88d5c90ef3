import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { connect, createServer } from 'node:tls';
import * as grpc from '@grpc/grpc-js';
import { SanMatcher } from '@grpc/grpc-js-xds/build/src/load-balancer-cds.js';
import { directCall } from './support/directCall.ts';
import { get } from './support/rest.ts';
import { signedIdentity, signedWithDnsName } from './support/signedIdentity.ts';
import { TestMesh } from './support/TestMesh.ts';
import { waitFor } from './support/waitFor.ts';

const ROWS = 100_000;
let mesh: TestMesh;

before(async () => {
  mesh = await TestMesh.start({ only: ['trading'] });
});
after(() => mesh?.stop());

test('a deny intention stops a stream at once; without it the stream goes on and nothing is lost', async (t) => {
  const file = join(mesh.home, 'ticks.csv');
  const lines = Array.from({ length: ROWS }, (_, row) => `${1_700_000_000 + row},100,1`);
  writeFileSync(file, ['time,price,size', ...lines].join('\n'));
  const replay = mesh.replay(file, 'GUARDED', { rate: 20_000 });
  const count = async () => {
    const { status, body } = await get(`${mesh.edge}/v1/assets/GUARDED/summary`);
    return status === 200 ? Number(body.summary.count) : 0;
  };
  await waitFor('ticks to flow', async () => (await count()) > 0);

  const denied = Date.now();
  await mesh.setIntention('trading', 'analytics', 'deny');
  await waitFor('the feed to be refused', async () => {
    const { feeds } = JSON.parse(await mesh.steer('call', 'market.v1.TradingService/ListFeeds'));
    const feed = feeds.find((one: { source: { file?: { assetSymbol: string } } }) =>
      one.source.file?.assetSymbol.startsWith('GUARDED'),
    );
    return feed?.state === 'FEED_STATE_WAITING' && feed.reason === 'RECEIVER_PERMISSION_DENIED';
  });
  t.diagnostic(`refused ${Date.now() - denied} ms after the write to Consul`);
  // What had been received by then is committed yet.
  let stopped = 0;
  await waitFor('the last ticks to be committed', async () => {
    const before = stopped;
    await new Promise((resolve) => setTimeout(resolve, 500));
    stopped = await count();
    return stopped === before;
  });
  assert.ok(stopped < ROWS, 'the replay was over before the deny: nothing was shown');
  const [line] = denials('trading');
  assert.equal(line?.rule, 'service-intentions/analytics: source "trading": deny');
  const refusals = denials('trading').length;
  await waitFor('the feed to try again', () => denials('trading').length > refusals);
  assert.equal(await count(), stopped, 'ticks went on arriving after the refusal');

  await mesh.setIntention('trading', 'analytics', 'allow');
  await replay;
  assert.equal(await count(), ROWS);
});

test('a valid certificate of a service without permission is refused', async () => {
  // `replay` may call trading, not analytics.
  const call = await callDirectly(await mesh.newIdentity('replay'));
  assert.equal(call?.code, grpc.status.PERMISSION_DENIED, String(call));
  // The log takes its own way, by the supervisor.
  const line = await waitFor('a line in the log', () => denials('replay')[0]);
  assert.match(line.spiffeId ?? '', /\/svc\/replay$/);
  assert.equal(line.method, 'market.v1.AnalyticsService/ListAssets');
  assert.equal(line.rule, 'no intention allows it');
});

test('the certificate of a service with permission is let in by the same path', async () => {
  const call = await callDirectly(mesh.identity('gateway-1'));
  assert.equal(call, undefined, String(call));
});

test('the edge and a job may call the methods that are for them, and no others of the same service', async () => {
  const inner = '/market.v1.MarketDataService/StreamMarketData';
  const gateway = mesh.identity('gateway-1');
  const denied = await callDirectly(gateway, inner);
  assert.equal(denied?.code, grpc.status.PERMISSION_DENIED, String(denied));
  // That method is served, to who may call it.
  const trading = await callDirectly(mesh.identity('trading-1'), inner);
  assert.notEqual(trading?.code, grpc.status.PERMISSION_DENIED, String(trading));

  const replay = await mesh.newIdentity('replay');
  const stop = await callDirectly(replay, '/market.v1.TradingService/StopFeed', 'trading');
  assert.equal(stop?.code, grpc.status.PERMISSION_DENIED, String(stop));
  const create = await callDirectly(replay, '/market.v1.TradingService/CreateFeed', 'trading');
  assert.equal(create?.code, grpc.status.INVALID_ARGUMENT, String(create));
});

test('who is denied where everybody else is allowed gets in by no other id that Consul signs for its token', async (t) => {
  const intention = (source: string) =>
    `/connect/intentions/exact?source=${source}&destination=analytics`;
  t.after(async () => {
    for (const source of ['*', 'replay']) await mesh.consul.remove(intention(source));
  });
  await mesh.setIntention('replay', 'analytics', 'deny');
  await mesh.setIntention('*', 'analytics', 'allow');
  const anybody = await mesh.newIdentity('anybody');
  await waitFor('everybody to be allowed', async () => !(await callDirectly(anybody)));

  const token = readFileSync(join(mesh.identity('replay'), 'token'), 'utf8');
  const own = new X509Certificate(readFileSync(join(anybody, 'cert.pem'))).subjectAltName ?? '';
  const id = own.replace(/^URI:/, '').replace(/anybody$/, '');
  for (const name of ['replay', 'repla%79', 'replay?x', 'replay#x', 'replay-sidecar-proxy']) {
    const identity = await signedIdentity(mesh.consul.withToken(token), id + name, mesh.home);
    const call = await callDirectly(identity);
    assert.equal(call?.code, grpc.status.PERMISSION_DENIED, `${name}: ${call}`);
  }
});

test("another's id as a DNS name, which Consul signs, makes a certificate that nobody believes", async () => {
  const token = readFileSync(join(mesh.identity('replay'), 'token'), 'utf8');
  const gateway = new X509Certificate(readFileSync(join(mesh.identity('gateway-1'), 'cert.pem')));
  const id = gateway.subjectAltName?.replace(/^URI:/, '') ?? '';
  const consul = mesh.consul.withToken(token);
  const own = id.replace(/gateway$/, 'replay');
  const identity = await signedWithDnsName(consul, own, id, mesh.home);
  const shown = readFileSync(join(identity, 'cert.pem'));
  const names = new X509Certificate(shown).subjectAltName;
  assert.equal(names, `DNS:${id}, URI:${own}`);
  // This is why: a gRPC client takes it for a server's id.
  const matcher = new SanMatcher([{ match_pattern: 'exact', exact: id, ignore_case: false }]);
  assert.ok(matcher.apply(names ?? ''));

  const call = await callDirectly(identity);
  assert.equal(call?.code, grpc.status.UNAVAILABLE, String(call));
  const server = createServer({ cert: shown, key: readFileSync(join(identity, 'key.pem')) });
  server.on('tlsClientError', () => {}).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const ca = readFileSync(join(mesh.identity('gateway-1'), 'roots.pem'));
  const options = { port, ca, checkServerIdentity: () => undefined, rejectUnauthorized: false };
  const socket = connect(options);
  await once(socket, 'secureConnect');
  assert.equal(socket.authorized, false);
  socket.destroy();
  server.close();
});

test('without a certificate nobody connects', async () => {
  const call = await callDirectly(undefined);
  assert.equal(call?.code, grpc.status.UNAVAILABLE, String(call));
});

test('with a certificate of another CA nobody connects', async () => {
  const call = await callDirectly(foreignIdentity());
  assert.equal(call?.code, grpc.status.UNAVAILABLE, String(call));
});

/** What analytics has logged of calls by a service that were denied. */
function denials(peer: string): Record<string, string>[] {
  return readFileSync(join(mesh.home, 'logs/analytics.log'), 'utf8')
    .split('\n')
    .filter((line) => line.includes('"call denied"'))
    .map((line) => JSON.parse(line) as Record<string, string>)
    .filter((line) => line.peer === peer);
}

async function callDirectly(
  identity: string | undefined,
  path = '/market.v1.AnalyticsService/ListAssets',
  service = 'analytics',
): Promise<grpc.ServiceError | undefined> {
  const [instance] = await mesh.instances(service);
  assert.ok(instance);
  return directCall({
    address: `${instance.Address}:${instance.Port}`,
    path,
    identity,
    roots: join(mesh.identity('gateway-1'), 'roots.pem'),
  });
}

/** The name of a service with permission, signed by a CA that is not Consul's. */
function foreignIdentity(): string {
  const folder = mkdtempSync(join(tmpdir(), 'weft-foreign-'));
  const openssl = (...args: string[]) =>
    execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  const subject = execFileSync(
    'openssl',
    [
      'x509',
      '-noout',
      '-ext',
      'subjectAltName',
      '-in',
      join(mesh.identity('gateway-1'), 'cert.pem'),
    ],
    { encoding: 'utf8' },
  );
  const uri = /URI:(\S+)/.exec(subject)?.[1];
  assert.ok(uri, subject);
  openssl(
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
    ...['-keyout', 'key.pem', '-out', 'cert.pem', '-days', '1', '-subj', '/CN=foreign'],
    ...['-addext', `subjectAltName=URI:${uri}`],
  );
  return folder;
}
