import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { eventually } from '../testing/eventually.ts';
import { freePort } from '../testing/freePort.ts';
import { TestConsul } from '../testing/TestConsul.ts';
import { ControlProcess } from './testing/ControlProcess.ts';
import { MeshPeer } from './testing/MeshPeer.ts';

describe('the control plane as a program', { timeout: 120_000 }, () => {
  let consul: TestConsul;
  const replicas: ControlProcess[] = [];
  const peers: MeshPeer[] = [];

  before(async () => {
    consul = await TestConsul.start();
  });
  after(async () => {
    await Promise.all(peers.map((peer) => peer.stop()));
    await Promise.all(replicas.map((one) => one.stop('SIGKILL')));
    await consul?.stop();
  });
  async function start(
    flags: readonly string[] = [],
    port?: number,
    address = consul.client.address,
  ): Promise<ControlProcess> {
    const options = { consul: address, flags, ...(port === undefined ? {} : { port }) };
    const made = await ControlProcess.start(options);
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
    const again = await start([], Number(one.xds.split(':')[1]));
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
    const alone = await start([], undefined, `http://127.0.0.1:${await freePort()}`);
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
      {
        flags: ['--admin', '0.0.0.0:18001'],
        reason: /admin port .* loopback only: 0\.0\.0\.0:18001/,
      },
      { flags: ['--contracts', '/nowhere/image.binpb'], reason: /ENOENT.*nowhere/ },
      { flags: ['--log-level', 'loud'], reason: /Allowed choices/ },
    ];
    for (const { flags, reason } of refusals) {
      const refused = await start(flags);
      const [code] = await once(refused.process, 'exit');
      assert.equal(code, 1);
      await eventually(() => assert.match(refused.output, reason));
    }
  });
});
