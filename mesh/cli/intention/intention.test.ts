import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { TestConsul } from '../../testing/TestConsul.ts';
import { type Result, Running } from '../testing/Running.ts';
import type { IntentionEntry } from './IntentionEntry.ts';

suite('weft intention', { timeout: 180_000 }, () => {
  let consul: TestConsul;
  before(async () => {
    consul = await TestConsul.start();
    for (const Name of ['analytics', 'trading', 'risk']) {
      await consul.client.write('/config', { Kind: 'service-defaults', Name, Protocol: 'grpc' });
    }
    await consul.intend('analytics', { cli: 'allow' });
  });
  after(() => consul?.stop());

  const run = (...args: string[]): Promise<Result> =>
    new Running(['intention', ...args], {
      ...process.env,
      CONSUL_HTTP_ADDR: consul.client.address,
    }).result();
  const succeed = async (...args: string[]) => {
    const { exitCode, stdout, stderr } = await run(...args);
    assert.equal(exitCode, 0, stderr);
    return stdout;
  };
  const rules = async (service = 'analytics') => {
    const path = `/config/service-intentions/${service}`;
    const { value } = await consul.client.read<IntentionEntry>(path);
    return Object.fromEntries(
      (value.Sources ?? []).map(({ Name, Action, Permissions }) => [
        Name,
        Permissions?.map(({ Action, HTTP }) => [
          Action,
          HTTP?.PathExact || `${HTTP?.PathPrefix}*`,
          ...(HTTP?.Header ?? []).map((header) => `${header.Name}=${header.Exact}`),
        ]) ?? Action,
      ]),
    );
  };

  test('allows, denies and deletes one caller, and leaves the others alone', async () => {
    const allowed = await succeed('allow', 'trading', 'analytics');
    assert.match(allowed, /before: none: denied\n {2}now: {4}allow\n$/);
    assert.deepEqual(await rules(), { cli: 'allow', trading: 'allow' });
    assert.match(await succeed('deny', 'trading', 'analytics'), /before: allow\n {2}now: {4}deny/);
    assert.deepEqual(await rules(), { cli: 'allow', trading: 'deny' });
    await succeed('delete', 'trading', 'analytics');
    assert.deepEqual(await rules(), { cli: 'allow' });
    const again = await run('delete', 'trading', 'analytics');
    assert.equal(again.exitCode, 1);
    assert.match(again.stderr, /no intention trading -> analytics/);
  });

  test('the last rule of a service goes with its entry', async () => {
    await succeed('allow', 'cli', 'risk');
    await succeed('delete', 'cli', 'risk');
    await assert.rejects(rules('risk'), { statusCode: 404 });
  });

  test('a narrowed allow is all that the caller may; a narrowed deny leaves the rest', async () => {
    await succeed('allow', 'risk', 'analytics', '--path-prefix', '/market.v1.AnalyticsService/');
    assert.deepEqual((await rules()).risk, [['allow', '/market.v1.AnalyticsService/*']]);
    const path = '/market.v1.AnalyticsService/WatchAsset';
    const narrowed = await succeed('deny', 'risk', 'analytics', '--path', path, '--header', 'a=b');
    assert.deepEqual((await rules()).risk, [
      ['deny', path, 'a=b'],
      ['allow', '/market.v1.AnalyticsService/*'],
    ]);
    assert.match(
      narrowed,
      /now: {4}deny \/market\S+WatchAsset and a exact "b"; allow .*; deny the rest/,
    );

    await succeed('deny', 'cli', 'analytics', '--path', path);
    assert.deepEqual((await rules()).cli, [
      ['deny', path],
      ['allow', '/*'],
    ]);
  });

  test('a narrowed deny never opens what was closed', async () => {
    await succeed('deny', 'trading', 'analytics');
    const { exitCode, stderr } = await run('deny', 'trading', 'analytics', '--path', '/a.B/C');
    assert.equal(exitCode, 1);
    assert.match(stderr, /may not call at all/);
    assert.equal((await rules()).trading, 'deny');
  });

  test('an unknown destination is named, unless it is to come', async () => {
    const { exitCode, stderr } = await run('allow', 'trading', 'analitics');
    assert.equal(exitCode, 2);
    assert.match(stderr, /no service "analitics"/);
    const forced = await succeed('allow', 'nobody', 'planned', '--force');
    assert.match(forced, /Note: Consul knows no service "nobody" yet/);
    assert.deepEqual(await rules('planned'), { nobody: 'allow' });
  });

  test('lists them for people and for programs', async () => {
    await succeed('deny', '*', 'trading');
    assert.match(await succeed('list'), /^\* +trading +deny$/m);
    const entries = JSON.parse(await succeed('list', '--json')) as IntentionEntry[];
    assert.deepEqual(entries.find(({ Name }) => Name === 'trading')?.Sources?.[0]?.Action, 'deny');
  });
});
