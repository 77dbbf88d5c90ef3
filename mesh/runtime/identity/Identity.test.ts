import assert from 'node:assert/strict';
import { createPrivateKey, generateKeyPairSync, randomUUID, X509Certificate } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { status } from '@grpc/grpc-js';
import { ConsulClient, ConsulError, findServers, signCertificate } from '@weft/mesh/consul';
import { eventually } from '../../testing/eventually.ts';
import { type SignAnswer, SignServer } from '../../testing/SignServer.ts';
import { TestConsul } from '../../testing/TestConsul.ts';
import { memoryLogger } from '../testing/TestServer.ts';
import { writeBootstrap } from './bootstrap.ts';
import { certificateRequest } from './certificateRequest.ts';
import { Identity } from './Identity.ts';
import { identityFiles } from './identityFiles.ts';
import { requestLeaf } from './requestLeaf.ts';

const home = mkdtempSync(join(tmpdir(), 'weft-identity-'));
let consul: TestConsul;

const read = (file: string) => readFileSync(file, 'utf8');
const certificates = (pem: string) =>
  pem.split(/(?=-----BEGIN)/).map((one) => new X509Certificate(one));
/** Whether a library that reads nothing but PKCS#8, as grpc-java does, can use the key, and the certificate is its own. */
const isPair = (certificate: string, key: string) =>
  /^-----BEGIN PRIVATE KEY-----\n/.test(key) &&
  new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key));
const domain = async () =>
  (await consul.client.read<{ TrustDomain: string }>('/connect/ca/roots')).value.TrustDomain;
const mode = (file: string) => statSync(file).mode & 0o777;
const log = memoryLogger([]);

// They mostly wait.
suite('Identity', { concurrency: true }, () => {
  before(async () => {
    consul = await TestConsul.start();
  });

  after(async () => {
    await consul.stop();
    rmSync(home, { recursive: true, force: true });
  });

  test('the files hold a certificate of the service, its key, and the roots; only the owner reads them', async (t) => {
    const files = identityFiles(home, 'analytics-1');
    const identity = await Identity.start({
      consul: consul.client,
      service: 'analytics',
      files,
      log,
    });
    t.after(() => identity.stop());
    await writeBootstrap({
      xdsServer: 'ipv4:127.0.0.1:18000',
      service: 'analytics',
      serviceId: 'analytics-1',
      files,
    });

    const [leaf] = certificates(read(files.certificate));
    const [root] = certificates(read(files.roots));
    assert.ok(leaf && root);
    assert.ok(isPair(read(files.certificate), read(files.key)));
    assert.equal(leaf.subjectAltName, `URI:${identity.spiffeId}`);
    assert.match(
      identity.spiffeId,
      /^spiffe:\/\/[0-9a-f-]+\.consul\/ns\/default\/dc\/dc1\/svc\/analytics$/,
    );
    assert.ok(leaf.verify(root.publicKey));
    assert.ok(identity.expires > new Date());

    const sds = JSON.parse(read(files.sds));
    assert.equal(
      sds.resources[0].tls_certificate.certificate_chain.inline_string,
      read(files.certificate),
    );
    assert.equal(sds.resources[0].tls_certificate.private_key.inline_string, read(files.key));
    const sdsRoots = JSON.parse(read(files.sdsRoots));
    assert.equal(
      sdsRoots.resources[0].validation_context.trusted_ca.inline_string,
      read(files.roots),
    );

    assert.equal(mode(files.directory), 0o700);
    for (const file of [
      files.certificate,
      files.key,
      files.roots,
      files.sds,
      files.sdsRoots,
      files.bootstrap,
    ]) {
      assert.equal(mode(file), 0o600, file);
    }
  });

  test('an agent that is not there yet is waited for', async (t) => {
    const late = await TestConsul.prepare();
    t.after(() => late.stop());
    const lines: Record<string, unknown>[] = [];
    const starting = Identity.start({
      consul: late.client,
      service: 'late',
      files: identityFiles(home, 'late-1'),
      log: memoryLogger(lines),
    });
    await eventually(() => assert.ok(lines.some(({ level }) => level === 'warn')));
    await late.run();
    const identity = await starting;
    assert.match(identity.spiffeId, /\/svc\/late$/);
    await identity.stop();
  });

  test('waiting for an agent can be given up', async () => {
    const abort = new AbortController();
    const starting = Identity.start({
      consul: new ConsulClient({ address: 'http://127.0.0.1:1', token: '' }),
      service: 'none',
      files: identityFiles(home, 'none-1'),
      log,
      signal: abort.signal,
    });
    const reason = new Error('no longer');
    abort.abort(reason);
    await assert.rejects(starting, reason);
  });

  test('a new root and the leaf that it signs are written as they come', async (t) => {
    const rotated = await TestConsul.start();
    t.after(() => rotated.stop());
    const files = identityFiles(home, 'rotated-1');
    const identity = await Identity.start({
      ...{ consul: rotated.client, service: 'rotated', files, log },
    });
    t.after(() => identity.stop());
    const before = read(files.certificate);
    assert.equal(certificates(read(files.roots)).length, 1);

    // Another kind of key is another root.
    await rotated.client.write('/connect/ca/configuration', {
      Provider: 'consul',
      Config: { PrivateKeyType: 'rsa', PrivateKeyBits: 2048, LeafCertTTL: '72h' },
    });
    await eventually(() => assert.equal(certificates(read(files.roots)).length, 2));
    // New leaves are spread over half a minute.
    await eventually(() => assert.notEqual(read(files.certificate), before), 90_000);

    // File after file is written, and each is whole at any moment.
    await eventually(() => {
      const [leaf] = certificates(read(files.certificate));
      const signers = certificates(read(files.roots)).filter(
        (root) => root.publicKey.asymmetricKeyType === 'rsa' && leaf?.verify(root.publicKey),
      );
      assert.equal(signers.length, 1);
      const sds = JSON.parse(read(files.sds));
      assert.equal(
        sds.resources[0].tls_certificate.certificate_chain.inline_string,
        read(files.certificate),
      );
      assert.ok(isPair(read(files.certificate), read(files.key)));
    });
  });

  /** How an identity is asked for that a server of the test's signs, or refuses to. */
  const by = (server: SignServer) =>
    new ConsulClient({
      address: consul.client.address,
      token: '',
      grpc: { servers: [{ target: server.address, tls: false }] },
    });

  /** Has the real Consul sign it. */
  async function sign(csr: string): Promise<string> {
    return signCertificate(consul.client, csr, await findServers(consul.client));
  }

  test('an answer that makes no sense is no certificate: Consul is asked again', async (t) => {
    const { certificate: ofAnotherKey } = await requestLeaf(
      consul.client,
      'analytics',
      await domain(),
    );
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const answers: ((csr: string) => SignAnswer | Promise<SignAnswer>)[] = [
      () => '',
      () => '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
      () => ofAnotherKey,
      async () =>
        sign(
          certificateRequest(privateKey, `spiffe://${await domain()}/ns/default/dc/dc1/svc/other`),
        ),
      () => ({ code: status.UNAVAILABLE, details: 'no leader' }),
      () => ({ code: status.INTERNAL, details: 'failed to sign leaf certificate' }),
      sign,
    ];
    let asked = 0;
    const requests = new Set<string>();
    const server = await SignServer.start(({ csr }) => {
      requests.add(csr);
      return answers[asked++]?.(csr) ?? '';
    });
    t.after(() => server.stop());
    const lines: Record<string, unknown>[] = [];
    const files = identityFiles(home, 'rogue-1');
    const identity = await Identity.start({
      ...{ consul: by(server), service: 'analytics', files, log: memoryLogger(lines) },
    });
    t.after(() => identity.stop());
    assert.equal(lines.filter(({ level }) => level === 'warn').length, answers.length - 1);
    assert.equal(requests.size, answers.length, 'a key that has been tried is not tried again');
    assert.ok(isPair(read(files.certificate), read(files.key)));
    assert.ok(!JSON.stringify(lines).includes('PRIVATE KEY'), 'no key is logged');
  });

  test('a certificate is renewed with another key, well before it ends', async (t) => {
    const brief = await TestConsul.start();
    t.after(() => brief.stop());
    // Consul counts from a minute ago, so 40 s are left.
    const Config = { LeafCertTTL: '100s', SkipValidate: true };
    await brief.client.write('/connect/ca/configuration', { Provider: 'consul', Config });
    const files = identityFiles(home, 'brief-1');
    const identity = await Identity.start({ consul: brief.client, service: 'brief', files, log });
    t.after(() => identity.stop());
    const [certificate, key] = [read(files.certificate), read(files.key)];
    const { expires } = identity;
    await eventually(() => assert.notEqual(read(files.certificate), certificate), 120_000);
    assert.ok(new Date() < expires, 'it had ended');
    await eventually(() => assert.ok(isPair(read(files.certificate), read(files.key))));
    assert.notEqual(read(files.key), key);
  });

  test("more than Consul signs a second get their turn, and nobody's start fails", async (t) => {
    const busy = await TestConsul.start();
    t.after(() => busy.stop());
    const Config = { LeafCertTTL: '72h', CSRMaxPerSecond: 1 };
    await busy.client.write('/connect/ca/configuration', { Provider: 'consul', Config });
    const lines: Record<string, unknown>[] = [];
    const identities = await Promise.all(
      ['a', 'b', 'c', 'd', 'e', 'f'].map((service) => {
        const files = identityFiles(home, `${service}-1`);
        return Identity.start({ consul: busy.client, service, files, log: memoryLogger(lines) });
      }),
    );
    for (const identity of identities) await identity.stop();
    assert.equal(new Set(identities.map(({ spiffeId }) => spiffeId)).size, 6);
    assert.ok(
      lines.some(({ reason }) => /answered 429: .*limit/.test(String(reason))),
      'the limit was never met',
    );
  });

  test("a token's own service is all that it can be: no files are written for another", async (t) => {
    const management = randomUUID();
    const guarded = await TestConsul.start({
      hcl: `acl { enabled = true default_policy = "deny" tokens { initial_management = "${management}" } }`,
      token: management,
    });
    t.after(() => guarded.stop());
    const { SecretID: token } = await eventually(() =>
      guarded.client.write<{ SecretID: string }>('/acl/token', {
        ServiceIdentities: [{ ServiceName: 'trading' }],
      }),
    );
    const start = (service: string, ownToken: string) =>
      Identity.start({
        ...{ service, log, files: identityFiles(home, `guarded-${service}`) },
        consul: new ConsulClient({ address: guarded.client.address, token: ownToken, grpc: {} }),
      });
    const gateway = await start('gateway', management);
    t.after(() => gateway.stop());
    await rm(gateway.files.directory, { recursive: true });
    for (const wrong of [token, '', randomUUID()]) {
      await assert.rejects(
        start('gateway', wrong),
        (error) => error instanceof ConsulError && error.statusCode === 403,
        wrong,
      );
    }
    assert.ok(!existsSync(gateway.files.directory));
    // The agent has nothing of it: what it has in its cache it gives to anybody.
    const { status: answered } = await fetch(
      `${guarded.client.address}/v1/agent/connect/ca/leaf/gateway`,
      { headers: { 'x-consul-token': token } },
    );
    assert.equal(answered, 403);
    const trading = await start('trading', token);
    await trading.stop();
    assert.match(trading.spiffeId, /\/svc\/trading$/);
  });
});
