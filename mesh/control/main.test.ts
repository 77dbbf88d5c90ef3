import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { eventually } from './testing/eventually.ts';
import { freePort } from './testing/freePort.ts';
import { MeshPeer } from './testing/MeshPeer.ts';
import { TestConsul } from './testing/TestConsul.ts';

const main = fileURLToPath(new URL('main.ts', import.meta.url));

/** A control plane in a process of its own. */
class Replica {
  readonly xds: string;
  readonly admin: string;
  readonly process: ChildProcess;
  output = '';

  constructor(consul: string, xds: number, admin: number, flags: readonly string[] = []) {
    this.xds = `127.0.0.1:${xds}`;
    this.admin = `127.0.0.1:${admin}`;
    this.process = spawn(
      process.execPath,
      [main, '--listen', this.xds, '--admin', this.admin, '--consul', consul, ...flags],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.output += chunk.toString();
      });
    }
  }

  async ready(): Promise<void> {
    await eventually(
      async () => (await fetch(`http://${this.admin}/ready`)).status === 200,
      20_000,
    );
  }

  async stop(signal: NodeJS.Signals): Promise<number | null> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) {
      return this.process.exitCode;
    }
    this.process.kill(signal);
    const [code] = (await once(this.process, 'exit')) as [number | null];
    return code;
  }
}

async function replica(consul: string, ...flags: string[]): Promise<Replica> {
  return new Replica(consul, await freePort(), await freePort(), flags);
}

describe('the control plane as a program', { timeout: 120_000 }, () => {
  let consul: TestConsul;
  const replicas: Replica[] = [];
  const peers: MeshPeer[] = [];

  before(async () => {
    consul = await TestConsul.start();
  });
  after(async () => {
    await Promise.all(peers.map((peer) => peer.stop()));
    await Promise.all(replicas.map((one) => one.stop('SIGKILL')));
    await consul?.stop();
  });
  async function start(...flags: string[]): Promise<Replica> {
    const made = await replica(consul.client.address, ...flags);
    replicas.push(made);
    return made;
  }

  test('two replicas serve the same, and either may die', async () => {
    const [one, two] = [await start(), await start()];
    await Promise.all([one.ready(), two.ready()]);
    const xdsServer = `ipv4:${one.xds},${two.xds}`;
    const server = await MeshPeer.start({ consul, service: 'echo', xdsServer });
    const client = await MeshPeer.start({ consul, service: 'web', xdsServer });
    peers.push(server, client);
    await consul.intend('echo', { web: 'allow' });
    await consul.register({ service: 'echo', port: await server.serve() });
    const becomes = (code: number) =>
      eventually(async () => assert.equal((await client.call('echo')).code, code), 20_000);
    await becomes(0);
    await one.stop('SIGKILL');
    for (let i = 0; i < 20; i += 1) assert.equal((await client.call('echo')).code, 0);
    await consul.intend('echo', { web: 'deny' });
    await becomes(7);
    const again = new Replica(
      consul.client.address,
      Number(one.xds.split(':')[1]),
      await freePort(),
    );
    replicas.push(again);
    await again.ready();
    await two.stop('SIGKILL');
    await consul.intend('echo', { web: 'allow' });
    await becomes(0);
  });

  test('SIGTERM ends it in order, also with clients connected', async () => {
    const one = await start();
    await one.ready();
    const xdsServer = `ipv4:${one.xds}`;
    const client = await MeshPeer.start({ consul, service: 'web', xdsServer });
    peers.push(client);
    await client.call('nobody');
    assert.equal(await one.stop('SIGTERM'), 0);
    assert.match(one.output, /control plane stopping/);
  });

  test('without Consul it is alive and not ready, and says what is missing', async () => {
    const alone = await replica(`http://127.0.0.1:${await freePort()}`);
    replicas.push(alone);
    await eventually(async () =>
      assert.equal((await fetch(`http://${alone.admin}/health`)).status, 200),
    );
    const ready = await fetch(`http://${alone.admin}/ready`);
    assert.equal(ready.status, 503);
    const { missing } = (await ready.json()) as { missing: string[] };
    assert.ok(missing.includes('/config/service-intentions'));
    assert.equal(await alone.stop('SIGTERM'), 0);
  });

  test('refuses to listen beyond this machine, and a contracts file that is none', async () => {
    const refusals = [
      { flags: ['--listen', '0.0.0.0:18000'], reason: /loopback only: 0\.0\.0\.0:18000/ },
      { flags: ['--contracts', '/nowhere/image.binpb'], reason: /ENOENT.*nowhere/ },
      { flags: ['--log-level', 'loud'], reason: /Allowed choices/ },
    ];
    for (const { flags, reason } of refusals) {
      const refused = await start(...flags);
      const [code] = await once(refused.process, 'exit');
      assert.equal(code, 1);
      await eventually(() => assert.match(refused.output, reason));
    }
  });
});
