import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { eventually } from '../../testing/eventually.ts';
import { CliMesh } from '../testing/CliMesh.ts';

suite('weft status', { timeout: 120_000 }, () => {
  let mesh: CliMesh;
  before(async () => {
    mesh = await CliMesh.start();
    await mesh.consul.intend('analytics', { cli: 'allow', trading: 'allow', gateway: 'deny' });
    await mesh.consul.register({ service: 'analytics', id: 'analytics-1', port: 9001 });
    const sick = { id: 'analytics-2', port: 9002, health: 'critical' } as const;
    await mesh.consul.register({ service: 'analytics', ...sick });
  });
  after(() => mesh?.stop());

  test('shows services, health, callers and the control plane', async () => {
    await eventually(async () => {
      const { exitCode, stdout } = await mesh.run(['status']);
      assert.equal(exitCode, 0);
      assert.match(stdout, /^analytics +analytics-1 +passing +- +127\.0\.0\.1:9001/m);
      assert.match(stdout, /^analytics +analytics-2 +critical +- +127\.0\.0\.1:9002/m);
      assert.match(stdout, /^analytics +cli, trading$/m);
      assert.match(stdout, new RegExp(`^${mesh.control.adminUrl} +ready +\\d+ +0$`, 'm'));
    }, 30_000);
  });

  test('shows a sidecar as an instance of its service, and not as one of its own', async () => {
    await mesh.consul.client.write('/agent/service/register', {
      Name: 'plain',
      Port: 9010,
      Connect: { SidecarService: { Port: 9011 } },
    });
    for (const control of [[], ['--control', '127.0.0.1:1']]) {
      await eventually(async () => {
        const { stdout } = await mesh.run(['status', ...control]);
        assert.match(stdout, /^plain +plain-sidecar-proxy .* sidecar$/m);
        assert.doesNotMatch(stdout, /^plain-sidecar-proxy/m);
      }, 30_000);
    }
  });

  test('names what is not in force', async () => {
    await mesh.consul.client.write('/config', {
      Kind: 'service-defaults',
      Name: 'guarded',
      Protocol: 'grpc',
    });
    await mesh.consul.client.write('/config', {
      Kind: 'service-intentions',
      Name: 'guarded',
      Sources: [
        { Name: 'cli', Permissions: [{ Action: 'allow', HTTP: { PathPrefix: '/' } }] },
        {
          Name: 'trading',
          Permissions: [
            { Action: 'deny', HTTP: { Header: [{ Name: 'trace-bin', Present: true }] } },
          ],
        },
      ],
    });
    await mesh.consul.register({ service: 'guarded', port: 9003 });
    await eventually(async () => {
      const { stdout } = await mesh.run(['status']);
      assert.match(stdout, /^! guarded: .*"trading": permission 1: header trace-bin/m);
      assert.match(stdout, /^guarded +cli \(some calls\)$/m);
    }, 30_000);
  });

  test('shows what Consul knows when no control plane answers', async () => {
    const { exitCode, stdout } = await mesh.run(['status', '--control', '127.0.0.1:1']);
    assert.equal(exitCode, 0);
    assert.match(stdout, /^analytics +analytics-1 +passing/m);
    assert.match(stdout, /^analytics +unknown/m);
    assert.match(stdout, /^http:\/\/127\.0\.0\.1:1 +not reachable/m);
  });

  test('is JSON for programs', async () => {
    const { services } = JSON.parse((await mesh.run(['status', '--json'])).stdout);
    const analytics = services.find(({ name }: { name: string }) => name === 'analytics');
    assert.deepEqual(analytics.callers.allowed, ['cli', 'trading']);
  });
});
