import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, copyFile, readdir, rename, stat, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { eventually } from '../../testing/eventually.ts';
import { freePort } from '../../testing/freePort.ts';
import { publishKeys, revokeSession } from '../../testing/publishTrust.ts';
import { TestIdentity } from '../../testing/TestIdentity.ts';
import { CliMesh } from '../testing/CliMesh.ts';
import { portHolders } from './portHolders.ts';

const START_MS = 30_000;

/** Serves HTTP/2 with the identity of weft's; SIGUSR2 has it take another's, and its own again. */
const SERVES = `
  const { readFileSync } = require('fs');
  const pair = (folder) => ({
    cert: readFileSync(folder + '/cert.pem'),
    key: readFileSync(folder + '/key.pem'),
    ca: readFileSync(folder + '/roots.pem'),
  });
  const own = pair(process.env.WEFT_IDENTITY);
  const server = require('http2').createSecureServer({ ...own, requestCert: true });
  server.listen(process.env.WEFT_PORT, '127.0.0.1');
  let isOwn = true;
  process.on('SIGUSR2', () => {
    isOwn = !isOwn;
    server.setSecureContext(isOwn ? own : pair(process.env.WEFT_HOME + '/identity/lender-1'));
  });`;
const serves = [process.execPath, '-e', SERVES];

suite('weft exec', { timeout: 300_000 }, () => {
  let mesh: CliMesh;
  before(async () => {
    mesh = await CliMesh.start();
  });
  after(() => mesh?.stop());

  test('registers a program once it answers', async () => {
    const grpc = 'market.v1.AnalyticsService,market.v1.MarketDataService';
    const server = await mesh.serveAssets('analytics', '--grpc', grpc, '--upstreams', 'trading');
    assert.match(server.stdout, /serving as analytics-1/);
    const path = '/agent/service/analytics-1';
    const { value } = await mesh.consul.client.read<{ Meta: object }>(path);
    assert.deepEqual(value.Meta, {
      build: 'dev',
      runtime: 'exec',
      version: '0.1.0',
      'weft-grpc': grpc,
      'weft-upstreams': 'trading',
    });
  });

  test('keeps the key from everyone else', async () => {
    await mesh.serveAssets('keeper');
    const folder = join(mesh.home, 'identity/keeper-1');
    assert.equal((await stat(folder)).mode & 0o777, 0o700);
    const files = await readdir(folder);
    assert.ok(files.includes('key.pem'), files.join());
    for (const file of files) {
      assert.equal((await stat(join(folder, file))).mode & 0o077, 0, file);
    }
  });

  test('a program that is to be told hears when its certificates are renewed', async () => {
    const told = join(mesh.home, 'told');
    const program = `${SERVES}
      process.on('SIGHUP', () => require('fs').writeFileSync(${JSON.stringify(told)}, 'yes'));`;
    const command = [process.execPath, '-e', program];
    await mesh.exec('renewed', command, '--reload-signal', 'HUP');
    await eventually(
      async () => assert.deepEqual(await mesh.health('renewed'), ['passing']),
      START_MS,
    );
    const certificate = join(mesh.home, 'identity/renewed-1/cert.pem');
    await copyFile(certificate, `${certificate}.new`);
    await rename(`${certificate}.new`, certificate);
    await eventually(() => access(told));
  });

  test('SIGTERM: out of Consul first, then the program; its code is the exit code', async () => {
    const server = await mesh.serveAssets('risk');
    const signalled = performance.now();
    server.kill('SIGTERM');
    await eventually(async () => assert.deepEqual(await mesh.health('risk'), []));
    assert.doesNotMatch(server.stdout, /told to stop/);
    const { exitCode, stdout } = await server.result();
    assert.equal(exitCode, 7);
    assert.match(stdout, /told to stop/);
    assert.ok(performance.now() - signalled >= 300);
  });

  const LISTENS = `
    ${SERVES}
    process.on('SIGTERM', () => {
      console.log(require('fs').readFileSync(process.env.WEFT_HOME + '/drained', 'utf8'));
      process.exit();
    });`;
  const serve = async (service: string, preStop: string) => {
    const command = [process.execPath, '-e', LISTENS];
    const server = await mesh.exec(service, command, '--pre-stop', preStop);
    await eventually(
      async () => assert.deepEqual(await mesh.health(service), ['passing']),
      START_MS,
    );
    server.kill('SIGTERM');
    return server.result();
  };

  test('a pre-stop command comes before SIGTERM, which comes also when it fails', async () => {
    const preStop = 'echo "drained $WEFT_SERVICE" > "$WEFT_HOME/drained"; exit 3';
    const { exitCode, stdout, stderr } = await serve('undrained', preStop);
    assert.equal(exitCode, 0);
    assert.match(stdout, /drained undrained/);
    assert.match(stderr, /"exitCode":3.*the pre-stop command failed/);
  });

  test('a pre-stop command that hangs is given up after the drain', async () => {
    await writeFile(join(mesh.home, 'drained'), 'not in time');
    const { exitCode, stdout, stderr } = await serve('hanging', 'sleep 1000');
    assert.equal(exitCode, 0);
    assert.match(stdout, /not in time/);
    assert.match(stderr, /the pre-stop command failed/);
  });

  test('a program that is killed is deregistered at once', async () => {
    const server = await mesh.exec('short', [
      process.execPath,
      '-e',
      `${SERVES}; console.log(process.pid)`,
    ]);
    await eventually(
      async () => assert.deepEqual(await mesh.health('short'), ['passing']),
      START_MS,
    );
    process.kill(Number(server.stdout), 'SIGKILL');
    assert.equal((await server.result()).exitCode, 128 + 9);
    assert.deepEqual(await mesh.health('short'), []);
  });

  test('a program that ends before it answers is never registered', async () => {
    const { exitCode, stderr } = await (await mesh.exec('never', ['sh', '-c', 'exit 5'])).result();
    assert.equal(exitCode, 5);
    assert.doesNotMatch(stderr, /registered/);
  });

  test('a program that ignores SIGTERM is killed after the drain', async () => {
    const deaf = 'trap "" TERM; echo up; while :; do sleep 1; done';
    const server = await mesh.exec('deaf', ['sh', '-c', deaf]);
    await eventually(() => assert.match(server.stdout, /up/), START_MS);
    server.kill('SIGTERM');
    assert.equal((await server.result()).exitCode, 128 + 9);
  });

  test('a program does not outlive a weft that is killed', {
    skip: process.platform !== 'linux',
  }, async () => {
    const server = await mesh.exec('orphan', ['sh', '-c', 'echo $$; while :; do sleep 1; done']);
    await eventually(() => assert.match(server.stdout, /\d+\n/), START_MS);
    const child = Number(server.stdout);
    server.kill('SIGKILL');
    await eventually(() => assert.throws(() => process.kill(child, 0), { code: 'ESRCH' }));
  });

  test('a program that is not there is named', async () => {
    const { exitCode, stderr } = await (await mesh.exec('absent', ['/no/such/program'])).result();
    assert.notEqual(exitCode, 0);
    assert.match(stderr, /\/no\/such\/program/);
  });

  test('a program that no peer can connect to is not registered, and the log says why', async () => {
    const keyless = `require('tls').createServer().listen(process.env.WEFT_PORT, '127.0.0.1')`;
    const server = await mesh.exec('keyless', [process.execPath, '-e', keyless]);
    await eventually(
      () => assert.match(server.stderr, /"reason":"TLS: .*still waiting/),
      2 * START_MS,
    );
    assert.deepEqual(await mesh.health('keyless'), []);
    server.kill('SIGTERM');
    await server.result();
  });

  test('one that peers can no longer connect to is critical, until they can again', async () => {
    await mesh.serveAssets('lender');
    const server = await mesh.exec('changeling', serves);
    const becomes = (health: string) =>
      eventually(async () => assert.deepEqual(await mesh.health('changeling'), [health]), START_MS);
    await becomes('passing');
    server.kill('SIGUSR2');
    await becomes('critical');
    assert.match(server.stderr, /the server is URI:spiffe:.*lender and not spiffe:.*changeling/);
    server.kill('SIGUSR2');
    await becomes('passing');
  });

  test('a port on which another process listens is refused, and that process named', async (t) => {
    const other = createServer().listen(0, '127.0.0.1');
    t.after(() => other.close());
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const args = ['exec', '--service', 'late', '--port', String(port), '--', ...serves];
    const { exitCode, stderr } = await mesh.run(args);
    assert.equal(exitCode, 1);
    assert.match(stderr, new RegExp(`port ${port} is in use by process ${process.pid} \\(`));
  });

  test('a program that only calls has an identity, and is neither registered nor remembered', async () => {
    const tell = `echo "$GRPC_XDS_BOOTSTRAP port=$WEFT_PORT"; ls "$WEFT_IDENTITY"`;
    const { exitCode, stdout, stderr } = await mesh.run([
      ...['exec', '--service', 'caller', '--client', '--', 'sh', '-c', tell],
    ]);
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /bootstrap\.json port=\n/);
    assert.match(stdout, /^key\.pem$/m);
    assert.doesNotMatch(stderr, /registered/);
    const left = await readdir(join(mesh.home, 'identity'));
    assert.deepEqual(
      left.filter((name) => name.startsWith('caller')),
      [],
    );
    const wrong = await mesh.run([
      'exec',
      '--service',
      'a',
      '--client',
      '--grpc',
      'a.A',
      '--',
      'true',
    ]);
    assert.equal(wrong.exitCode, 2);
    assert.match(wrong.stderr, /--grpc is for programs that serve/);
  });

  test('tells a program by what tokens are judged, and what of it is revoked', async () => {
    const identity = await TestIdentity.create();
    await publishKeys(mesh.consul.client, identity);
    await revokeSession(mesh.consul.client, 'stolen');
    const waits = `
      const { readFileSync } = require('fs');
      setInterval(() => {
        const jwks = readFileSync(process.env.WEFT_PRINCIPAL_JWKS, 'utf8');
        const revoked = JSON.parse(readFileSync(process.env.WEFT_PRINCIPAL_REVOKED, 'utf8'));
        if (!revoked.includes('stolen') || !JSON.parse(jwks).keys.length) return;
        console.log(jwks.trim());
        process.exit();
      }, 20);`;
    const command = [process.execPath, '-e', waits];
    const { stdout } = await mesh.run([
      'exec',
      '--service',
      'caller',
      '--client',
      '--',
      ...command,
    ]);
    assert.deepEqual(JSON.parse(stdout), identity.jwks);
  });

  test("weft's right to be the service in Consul is not handed on to the program", async () => {
    const env = { CONSUL_HTTP_TOKEN: 'secret' };
    const args = ['exec', '--service', 'caller', '--client', '--', 'env'];
    const { stdout } = await mesh.run(args, env);
    assert.match(stdout, /^WEFT_SERVICE=caller$/m);
    assert.doesNotMatch(stdout, /secret|CONSUL_HTTP_TOKEN/);
  });

  test('SIGTERM to npx takes the service out of Consul and ends its program', async (t) => {
    const port = String(await freePort());
    const args = ['weft', 'exec', '--service', 'fronted', '--port', port, '--', ...serves];
    const npx = spawn('npx', args, { env: mesh.env, stdio: 'ignore' });
    t.after(() => npx.kill('SIGKILL'));
    await eventually(
      async () => assert.deepEqual(await mesh.health('fronted'), ['passing']),
      START_MS,
    );
    assert.equal(portHolders(Number(port)).length, 1);
    npx.kill('SIGTERM');
    await eventually(async () => {
      assert.deepEqual(await mesh.health('fronted'), []);
      assert.deepEqual(portHolders(Number(port)), []);
    }, START_MS);
  });
});
