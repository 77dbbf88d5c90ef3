import assert from 'node:assert/strict';
import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { eventually } from '../../testing/eventually.ts';
import { CliMesh } from '../testing/CliMesh.ts';

const START_MS = 30_000;

suite('weft exec', { timeout: 180_000 }, () => {
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
    require('net').createServer().listen(process.env.WEFT_PORT, '127.0.0.1');
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
    const listen = `
      require('net').createServer().listen(process.env.WEFT_PORT, '127.0.0.1');
      console.log(process.pid)`;
    const server = await mesh.exec('short', [process.execPath, '-e', listen]);
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
});
