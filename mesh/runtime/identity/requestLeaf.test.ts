import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { ServerCredentials } from '@grpc/grpc-js';
import { ConsulError } from '../../consul/client.ts';
import { findServers } from '../../consul/findServers.ts';
import { type GrpcOptions, readGrpcAddresses } from '../../consul/GrpcServer.ts';
import { eventually } from '../../testing/eventually.ts';
import { SignServer } from '../../testing/SignServer.ts';
import { TestCluster } from '../../testing/TestCluster.ts';
import { writeIdentity } from '../../testing/writeIdentity.ts';
import { requestLeaf } from './requestLeaf.ts';

suite('Certificates signed by a cluster of Consul servers, through a client agent', {
  skip: process.platform !== 'linux',
}, () => {
  let cluster: TestCluster;
  let trustDomain: string;
  /** Tokens of services' own. */
  const tokens: Record<string, string> = {};

  before(async () => {
    cluster = await TestCluster.start();
    const consul = cluster.clientOf();
    for (const ServiceName of ['trading', 'gateway']) {
      const { SecretID } = await consul.write<{ SecretID: string }>('/acl/token', {
        ServiceIdentities: [{ ServiceName }],
      });
      tokens[ServiceName] = SecretID;
    }
    const { value } = await consul.read<{ TrustDomain: string }>('/connect/ca/roots');
    trustDomain = value.TrustDomain;
  });
  after(() => cluster?.stop());

  const request = (service: string, token: string | undefined, grpc: GrpcOptions = {}) =>
    requestLeaf(cluster.clientOf(token, { grpc }), service, trustDomain);
  const tls = () => ({ caFile: cluster.caFile });

  test('a client agent, which signs nothing itself, tells of all servers', async () => {
    const plain = await findServers(cluster.clientOf(tokens.trading));
    assert.equal(plain.datacenter, 'dc1');
    const { grpc, grpcTls } = cluster.ports;
    assert.deepEqual(plain.servers.map(({ target }) => target).sort(), [
      `ipv4:127.0.9.1:${grpc}`,
      `ipv4:127.0.9.2:${grpc}`,
      `ipv4:127.0.9.3:${grpc}`,
    ]);
    const secure = await findServers(cluster.clientOf(tokens.trading, { grpc: tls() }));
    assert.equal(secure.servers.length, 3);
    for (const server of secure.servers) {
      assert.deepEqual([server.tls, server.target.endsWith(`:${grpcTls}`)], [true, true]);
    }
  });

  test('a service gets a certificate of its own name, by TLS and without', async () => {
    for (const grpc of [{}, tls()]) {
      const leaf = await request('trading', tokens.trading, grpc);
      assert.equal(leaf.spiffeId, `spiffe://${trustDomain}/ns/default/dc/dc1/svc/trading`);
      assert.equal(new X509Certificate(leaf.certificate).subjectAltName, `URI:${leaf.spiffeId}`);
    }
  });

  test("the token of one service gets no other service's certificate, and neither does none", async () => {
    const isRefused = (error: unknown) => error instanceof ConsulError && error.statusCode === 403;
    await assert.rejects(request('gateway', tokens.trading), isRefused);
    await assert.rejects(request('gateway', ''), isRefused);
    await assert.rejects(request('gateway', '00000000-0000-0000-0000-000000000000'), isRefused);
  });

  test('what gets a certificate in the mesh is in no cache of an agent', async () => {
    await request('gateway', tokens.gateway);
    const leaf = '/agent/connect/ca/leaf/gateway';
    await assert.rejects(
      cluster.clientOf(tokens.trading).read(leaf),
      (error) => error instanceof ConsulError && error.statusCode === 403,
    );
  });

  test('an impostor on the port of a server gets no token: TLS asks for a certificate of a server', async (t) => {
    const heard: (string | undefined)[] = [];
    const identity = await writeIdentity(cluster.clientOf(), 'impostor');
    t.after(() => rm(identity.folder, { recursive: true }));
    const [cert, key] = [await readFile(identity.cert), await readFile(identity.key)];
    const credentials = ServerCredentials.createSsl(null, [{ cert_chain: cert, private_key: key }]);
    const impostor = await SignServer.start(({ token }) => {
      heard.push(token);
      return '';
    }, credentials);
    t.after(() => impostor.stop());
    const servers = readGrpcAddresses(`https://${impostor.address}`, true);
    await assert.rejects(
      request('trading', tokens.trading, { ...tls(), servers }),
      /could not be asked/,
    );
    assert.equal(heard.length, 0);
    // With an authority that it has a certificate of, and only the name is wrong.
    const roots = join(identity.folder, 'roots.pem');
    await assert.rejects(
      request('trading', tokens.trading, { caFile: roots, servers }),
      /does not match certificate's altnames/,
    );
    assert.equal(heard.length, 0);
    // Without TLS it hears it.
    const open = await SignServer.start(({ token }) => {
      heard.push(token);
      return '';
    });
    t.after(() => open.stop());
    const plain = { servers: readGrpcAddresses(open.address, false) };
    await assert.rejects(request('trading', tokens.trading, plain));
    assert.deepEqual(heard, [tokens.trading]);
  });

  test('without a CA file that can be read nothing is sent, and the variable is named', async () => {
    const servers = readGrpcAddresses(cluster.grpcTlsOf(1), true);
    await assert.rejects(
      request('trading', tokens.trading, { caFile: '/nowhere.pem', servers }),
      /CONSUL_GRPC_CACERT or CONSUL_CACERT cannot be read/,
    );
    const foreign = join(cluster.caFile, '..', 'foreign.pem');
    await writeFile(foreign, '');
    await assert.rejects(request('trading', tokens.trading, { caFile: foreign, servers }));
  });

  test('a server that is dead or hangs is passed over', async (t) => {
    const sockets: Socket[] = [];
    const hanging = createServer((socket) => void sockets.push(socket.on('error', () => {})));
    hanging.listen(0, '127.0.0.1');
    await once(hanging, 'listening');
    t.after(() => {
      for (const socket of sockets) socket.destroy();
      hanging.close();
    });
    const { port } = hanging.address() as AddressInfo;
    const text = `127.0.0.1:1,127.0.0.1:${port},${cluster.grpcTlsOf(2)}`;
    const servers = readGrpcAddresses(text, true);
    // They are asked in any order.
    const leaves = Array.from({ length: 6 }, () =>
      request('trading', tokens.trading, { ...tls(), servers }),
    );
    assert.equal((await Promise.all(leaves)).length, 6);
    assert.ok(sockets.length > 0, 'the one that hangs was never asked');
  });

  test('while servers die and come back, somebody signs as soon as there is a leader', async () => {
    const dead = await cluster.leader();
    await cluster.killServer(dead);
    const leaf = await eventually(() => request('trading', tokens.trading, tls()), 60_000);
    assert.match(leaf.spiffeId, /\/svc\/trading$/);
    await eventually(async () => assert.notEqual(await cluster.leader(), dead), 60_000);
    cluster.startServer(dead);
    await eventually(
      async () => (await findServers(cluster.clientOf(tokens.trading))).servers.length === 3,
      60_000,
    );
    await request('trading', tokens.trading, tls());
  });
});
