import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ConsulClient } from '@weft/mesh/consul';
import { eventually } from '../../testing/eventually.ts';
import { TestConsul } from '../../testing/TestConsul.ts';
import { memoryLogger } from '../testing/TestServer.ts';
import { writeBootstrap } from './bootstrap.ts';
import { Identity } from './Identity.ts';
import { identityFiles } from './identityFiles.ts';

const home = mkdtempSync(join(tmpdir(), 'weft-identity-'));
let consul: TestConsul;

before(async () => {
  consul = await TestConsul.start();
});

after(async () => {
  await consul.stop();
  rmSync(home, { recursive: true, force: true });
});

const read = (file: string) => readFileSync(file, 'utf8');
const certificates = (pem: string) =>
  pem.split(/(?=-----BEGIN)/).map((one) => new X509Certificate(one));
/** Whether a library that reads nothing but PKCS#8, as grpc-java does, can use the key, and the certificate is its own. */
const isPair = (certificate: string, key: string) =>
  /^-----BEGIN PRIVATE KEY-----\n/.test(key) &&
  new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key));
const mode = (file: string) => statSync(file).mode & 0o777;
const log = memoryLogger([]);

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
  const files = identityFiles(home, 'rotated-1');
  const identity = await Identity.start({ consul: consul.client, service: 'rotated', files, log });
  t.after(() => identity.stop());
  const before = read(files.certificate);
  assert.equal(certificates(read(files.roots)).length, 1);

  // Another kind of key is another root.
  await consul.client.write('/connect/ca/configuration', {
    Provider: 'consul',
    Config: { PrivateKeyType: 'rsa', PrivateKeyBits: 2048, LeafCertTTL: '72h' },
  });
  await eventually(() => assert.equal(certificates(read(files.roots)).length, 2));
  // Consul spreads new leaves over half a minute.
  await eventually(() => assert.notEqual(read(files.certificate), before), 45_000);

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

test('an answer that makes no sense leaves the files as they are', async (t) => {
  const path = '/agent/connect/ca/leaf/analytics';
  const good = JSON.stringify((await consul.client.read(path)).value);
  const other = JSON.stringify((await consul.client.read(`${path}2`)).value);
  const mixed = JSON.stringify({
    ...JSON.parse(good),
    PrivateKeyPEM: JSON.parse(other).PrivateKeyPEM,
  });
  const roots = JSON.stringify((await consul.client.read('/agent/connect/ca/roots')).value);
  const leaves = [good, '{"CertPEM":', '{}', mixed, '[]'];
  let asked = 0;
  const rogue = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    const isLeaf = request.url?.includes('/leaf/');
    // Once all bad answers are out, and for the roots, the second query is held.
    if (isLeaf ? asked >= leaves.length : request.url?.includes('index=')) return;
    response.setHeader('x-consul-index', String(isLeaf ? 10 + asked : 10));
    response.end(isLeaf ? leaves[asked++] : roots);
  });
  await new Promise<void>((resolve) => rogue.listen(0, '127.0.0.1', resolve));
  const lines: Record<string, unknown>[] = [];
  const files = identityFiles(home, 'rogue-1');
  const identity = await Identity.start({
    consul: new ConsulClient({
      address: `http://127.0.0.1:${(rogue.address() as AddressInfo).port}`,
      token: '',
    }),
    service: 'analytics',
    files,
    log: memoryLogger(lines),
  });
  t.after(async () => {
    await identity.stop();
    rogue.closeAllConnections();
    rogue.close();
  });
  await eventually(() => assert.equal(lines.filter(({ level }) => level === 'warn').length, 4));
  assert.equal(read(files.certificate), JSON.parse(good).CertPEM);
  assert.ok(isPair(read(files.certificate), read(files.key)));
  assert.ok(!JSON.stringify(lines).includes('PRIVATE KEY'), 'no key is logged');
});
