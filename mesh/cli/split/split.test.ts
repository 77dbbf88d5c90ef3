import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { TestConsul } from '../../testing/TestConsul.ts';
import { editEntry } from '../entries/editEntry.ts';
import { type Result, Running } from '../testing/Running.ts';
import type { ServiceSplitter } from './splitService.ts';

suite('weft split', { timeout: 180_000 }, () => {
  let consul: TestConsul;
  before(async () => {
    consul = await TestConsul.start();
    await consul.client.write('/config', {
      Kind: 'service-defaults',
      Name: 'analytics',
      Protocol: 'grpc',
    });
    await consul.register({ service: 'analytics', port: 9001, version: 'v1' });
    await consul.register({ service: 'analytics', port: 9002, version: 'v2' });
  });
  after(() => consul?.stop());

  const weft = (...args: string[]): Promise<Result> =>
    new Running(args, { ...process.env, CONSUL_HTTP_ADDR: consul.client.address }).result();
  const splits = async () => {
    const path = '/config/service-splitter/analytics';
    return (await consul.client.read<ServiceSplitter>(path)).value.Splits.map(
      ({ ServiceSubset, Weight }) => [ServiceSubset, Weight],
    );
  };
  const refused = async (args: readonly string[], exitCode: number, message: RegExp) => {
    const result = await weft('split', ...args);
    assert.equal(result.exitCode, exitCode, result.stderr);
    assert.match(result.stderr, message);
    await assert.rejects(splits(), { statusCode: 404 });
  };

  test('what is wrong is refused before anything is written', async () => {
    await refused(['analytics', 'v1=90', 'v2=11'], 2, /sum to 101, not to 100/);
    await refused(['analytics', 'v1=99.99', 'v2=0.001'], 1, /SUBSET=PERCENT/);
    await refused(['analytics', 'v1=50', 'v1=50'], 1, /v1 is there twice/);
    await refused(['analitics', 'v1=100'], 2, /no service "analitics".*analytics/);
    await refused(['analytics', 'v1=90', 'v2=10'], 2, /no subset v1, v2 .*--create-subsets/);
    await refused(['analytics', 'v1=90', 'v3=10', '--create-subsets'], 1, /no healthy .* v3/);
    await assert.rejects(consul.client.read('/config/service-resolver/analytics'), {
      statusCode: 404,
    });
    await consul.register({ service: 'plain', port: 9003, version: 'v1' });
    await refused(['plain', 'v1=100', '--create-subsets'], 1, /plain is of protocol tcp/);
  });

  test('a canary is one command, and its rollback one more', async () => {
    const canary = await weft('split', 'analytics', 'v1=90.25', 'v2=9.75', '--create-subsets');
    assert.equal(canary.exitCode, 0, canary.stderr);
    assert.match(canary.stdout, /^v2 +- +9.75%$/m);
    assert.match(canary.stdout, /Roll back: weft split analytics --clear/);
    assert.deepEqual(await splits(), [
      ['v1', 90.25],
      ['v2', 9.75],
    ]);

    const more = await weft('split', 'analytics', 'v1=0', 'v2=100');
    assert.match(more.stdout, /^v1 +90.25% +0%$/m);
    assert.match(more.stdout, /Roll back: weft split analytics v1=90.25 v2=9.75/);
    assert.match((await weft('split', 'analytics')).stdout, /^v2 +100%$/m);

    const back = await weft('split', 'analytics', '--clear');
    assert.match(back.stdout, /^v2 +100% +-$/m);
    await assert.rejects(splits(), { statusCode: 404 });
    const again = await weft('split', 'analytics', '--clear');
    assert.deepEqual([again.exitCode, again.stdout], [0, 'analytics is not split.\n']);
  });

  test('a header chooses the version, and the choice is taken back with the split', async () => {
    type Router = {
      readonly Routes: readonly { readonly Match: object; readonly Destination: object }[];
    };
    const routes = async () => {
      const path = '/config/service-router/analytics';
      return (await consul.client.read<Router>(path)).value.Routes;
    };
    const canary = await weft('split', 'analytics', 'v1=100', 'v2=0', '--header', 'X-Version');
    assert.equal(canary.exitCode, 0, canary.stderr);
    assert.match(canary.stdout, /^Calls whose header x-version names a subset go there\.$/m);
    assert.match(canary.stdout, /^Roll back: weft split analytics --clear$/m);
    const [first] = await routes();
    assert.deepEqual(first?.Match, {
      HTTP: { PathPrefix: '/', Header: [{ Name: 'x-version', Exact: 'v1' }] },
    });
    assert.deepEqual(first?.Destination, { ServiceSubset: 'v1' });
    const kept = await weft('split', 'analytics', 'v1=90', 'v2=10');
    assert.match(kept.stdout, /^Roll back: weft split analytics v1=100 v2=0$/m);
    assert.equal((await routes()).length, 2);
    assert.match((await weft('split', 'analytics', '--clear')).stdout, /^No more: .* x-version/m);
    await assert.rejects(routes(), { statusCode: 404 });
    await refused(['analytics', 'v1=100', '--header', 'x-version-bin'], 1, /ends with -bin/);
    await refused(['analytics', '--header', 'x-version'], 2, /name them with their shares/);
  });

  test("what Consul refuses is told in Consul's own words", async () => {
    await consul.configure({
      Kind: 'service-resolver',
      Name: 'analytics',
      Subsets: { v1: { Filter: 'NoSuch.Field == "x"' } },
    });
    const filter = await weft('split', 'analytics', 'v1=100');
    assert.equal(filter.exitCode, 1);
    assert.match(
      filter.stderr,
      /service-resolver\/analytics: .* subset "v1": .*Selector "NoSuch" is not valid/,
    );
    await consul.forget('service-resolver', 'analytics');
    const dangling = editEntry(consul.client, 'service-splitter', 'analytics', () => ({
      Kind: 'service-splitter',
      Name: 'analytics',
      Splits: [{ Weight: 100, ServiceSubset: 'v9' }],
    }));
    await assert.rejects(dangling, /service "analytics" does not have a subset named "v9"/);
  });

  test('what somebody else writes meanwhile is not lost', async () => {
    let calls = 0;
    const entry = { Kind: 'service-resolver', Name: 'edited' };
    await consul.client.write('/config', { ...entry, ConnectTimeout: '1s' });
    type Resolver = typeof entry & { ConnectTimeout?: string; Subsets?: object };
    const writeBetween = () =>
      fetch(`${consul.client.address}/v1/config`, {
        method: 'PUT',
        body: JSON.stringify({ ...entry, ConnectTimeout: '7s' }),
      });
    const race = { done: undefined as Promise<unknown> | undefined };
    const client = Object.create(consul.client, {
      write: {
        async value(path: string, body: unknown) {
          race.done ??= writeBetween();
          await race.done;
          return consul.client.write(path, body);
        },
      },
      read: { value: consul.client.read.bind(consul.client) },
    });
    const { after } = await editEntry<Resolver>(client, entry.Kind, entry.Name, (before) => {
      calls += 1;
      return { ...(before ?? entry), Subsets: { v1: { Filter: '' } } };
    });
    assert.equal(calls, 2);
    assert.equal(after?.ConnectTimeout, '7s');
    const { value } = await consul.client.read<Resolver>('/config/service-resolver/edited');
    assert.equal(value.ConnectTimeout, '7s');
    assert.deepEqual(Object.keys(value.Subsets ?? {}), ['v1']);
  });
});
