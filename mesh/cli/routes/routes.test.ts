import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { eventually } from '../../testing/eventually.ts';
import { CliMesh } from '../testing/CliMesh.ts';

suite('weft routes', { timeout: 120_000 }, () => {
  let mesh: CliMesh;
  before(async () => {
    mesh = await CliMesh.start();
    for (const Name of ['analytics', 'spare']) {
      await mesh.consul.client.write('/config', {
        Kind: 'service-defaults',
        Name,
        Protocol: 'grpc',
      });
    }
    for (const [version, port] of [
      ['v1', 9001],
      ['v2', 9002],
    ] as const) {
      await mesh.consul.register({ service: 'analytics', port, version });
    }
  });
  after(() => mesh?.stop());

  test('shows matches, shares, subsets, failover, timeouts and retries as a tree', async () => {
    const split = ['split', 'analytics', 'v1=90', 'v2=10', '--create-subsets'];
    assert.equal((await mesh.run(split)).exitCode, 0);
    const path = '/config/service-resolver/analytics';
    const { value: resolver } = await mesh.consul.client.read<object>(path);
    const failover = { Failover: { v2: { Service: 'spare' } } };
    await mesh.consul.client.write('/config', { ...resolver, ...failover });
    await mesh.consul.client.write('/config', {
      Kind: 'service-router',
      Name: 'analytics',
      Routes: [
        {
          Match: { HTTP: { PathPrefix: '/', Header: [{ Name: 'x-version', Exact: 'v2' }] } },
          Destination: { ServiceSubset: 'v2', RequestTimeout: '7s' },
        },
      ],
    });
    await eventually(async () => {
      const { stdout, stderr, exitCode } = await mesh.run(['routes', 'analytics']);
      assert.equal(exitCode, 0, stderr);
      assert.match(stdout, /^analytics\n├─ /);
      assert.match(stdout, /x-version exact "v2" {2}\(service-router route 1; timeout \S+ s/);
      const target = '100% analytics, v2 {2}\\(Service.Meta.version == "v2"';
      assert.match(stdout, new RegExp(`^│ {2}└─ ${target}.*\\n│ {5}└─ else spare`, 'm'));
      assert.match(
        stdout,
        /GetAssetSummary .*timeout 3 s; 2 retries on unavailable\)\n│ {2}├─ 90% analytics, v1 .*\n│ {2}└─ 10% analytics, v2/i,
      );
    }, 30_000);
  });

  test('is JSON for programs', async () => {
    const table = JSON.parse((await mesh.run(['routes', 'spare', '--json'])).stdout);
    assert.equal(table.service, 'spare');
    assert.deepEqual(table.routes.at(-1).destinations, [{ target: 'spare', weight: 10_000 }]);
  });

  test('says which service or which control plane is not there', async () => {
    const unknown = await mesh.run(['routes', 'analitics']);
    assert.equal(unknown.exitCode, 2);
    assert.match(unknown.stderr, /no service "analitics"/);
    const deaf = await mesh.run(['routes', 'analytics', '--control', '127.0.0.1:1']);
    assert.equal(deaf.exitCode, 1);
    assert.match(deaf.stderr, /no control plane tells the routes\n {2}http:\/\/127\.0\.0\.1:1: /);
  });
});
