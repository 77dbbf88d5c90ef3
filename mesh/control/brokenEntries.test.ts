import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pino } from 'pino';
import { eventually } from '../testing/eventually.ts';
import { freePort } from '../testing/freePort.ts';
import { type ConfigEntryBody, TestConsul } from '../testing/TestConsul.ts';
import type { Status } from './admin/Status.ts';
import { ControlPlane } from './ControlPlane.ts';
import type { RouteTable } from './chain/RouteTable.ts';
import { MeshPeer } from './testing/MeshPeer.ts';

const UNAVAILABLE = 14;
const WAIT_MS = 30_000;
const log = pino({ level: process.env.WEFT_LOG_LEVEL ?? 'silent' });

const BAD_FILTER = 'NoSuch.Field == "x"';
const REFUSAL = 'Failed to create boolean expression evaluator: Selector "NoSuch" is not valid';

describe('entries that Consul takes and nobody can follow', { timeout: 300_000 }, () => {
  let consul: TestConsul;
  let control: ControlPlane;
  let listen: string;
  let state: string;
  let servers: MeshPeer;
  let old: MeshPeer;
  const peers: MeshPeer[] = [];

  before(async () => {
    consul = await TestConsul.start();
    state = join(await mkdtemp(join(tmpdir(), 'weft-control-')), 'control');
    listen = `127.0.0.1:${await freePort()}`;
    control = await startControl();
    servers = await joinMesh('echo');
    old = await joinMesh('web');
    await consul.configure({
      Kind: 'proxy-defaults',
      Name: 'global',
      Config: { protocol: 'grpc' },
    });
    await consul.intend('echo', { web: 'allow' });
    for (const [id, version] of Object.entries({ one: 'v1', two: 'v2' })) {
      await consul.register({ service: 'echo', id, port: await servers.serve(id), version });
    }
    await consul.configure(resolver(), split(100));
    await answers(old, 'one');
  });

  after(async () => {
    await Promise.all(peers.map((peer) => peer.stop()));
    await control?.stop();
    await consul?.stop();
    if (state) await rm(join(state, '..'), { recursive: true });
  });

  const startControl = () =>
    ControlPlane.start({ listen, admin: '127.0.0.1:0', consul: consul.client, state, log });
  async function joinMesh(service: string): Promise<MeshPeer> {
    const peer = await MeshPeer.start({ consul, service, xdsServer: `ipv4:${listen}` });
    peers.push(peer);
    return peer;
  }
  const resolver = (more: object = {}, v2 = 'Service.Meta.version == v2'): ConfigEntryBody => ({
    Kind: 'service-resolver',
    Name: 'echo',
    Subsets: { v1: { Filter: 'Service.Meta.version == v1' }, v2: { Filter: v2 } },
    ...more,
  });
  const split = (v1: number): ConfigEntryBody => ({
    Kind: 'service-splitter',
    Name: 'echo',
    Splits: [
      { Weight: v1, ServiceSubset: 'v1' },
      { Weight: 100 - v1, ServiceSubset: 'v2' },
    ],
  });
  const answers = (peer: MeshPeer, id: string) =>
    eventually(async () => assert.deepEqual(await peer.load('echo', 40), { [id]: 40 }), WAIT_MS);
  const ask = async <T>(path: string) =>
    (await (await fetch(`${control.adminUrl}${path}`)).json()) as T;
  const routes = () => ask<RouteTable>('/routes/echo');

  const broken: Record<string, { entries: ConfigEntryBody[]; reason: RegExp }> = {
    'whose filter Consul refuses': {
      entries: [resolver({}, BAD_FILTER), split(0)],
      reason:
        /service-resolver\/echo: Consul refuses the filter of subset "v2" .*Selector "NoSuch"/,
    },
    'that names what no service can be called': {
      entries: [{ ...split(0), Splits: [{ Weight: 100, Service: 'no name' }] }],
      reason: /service-splitter\/echo: "no name" is no name of a service/,
    },
    'that cannot be read': {
      entries: [split(0), resolver({ RequestTimeout: '9999h' })],
      reason: /service-resolver\/echo: cannot be read: .*9999h/s,
    },
  };
  for (const [what, { entries, reason }] of Object.entries(broken)) {
    test(`an entry ${what}: old and new callers, /routes and a restarted control plane agree`, async () => {
      const isReadFirst = what === 'that cannot be read';
      await consul.configure(resolver(), split(100));
      await answers(old, 'one');
      await consul.configure(...(isReadFirst ? entries.slice(1) : entries));
      const before = await eventually(async () => {
        const table = await routes();
        assert.match(table.broken?.reasons.join() ?? '', reason);
        return table;
      }, WAIT_MS);
      assert.equal(before.broken?.inForce, 'last good');
      assert.deepEqual(
        before.routes.at(-1)?.destinations.filter(({ weight }) => weight > 0),
        [{ target: 'echo/v1', weight: 10_000 }],
      );
      await answers(old, 'one');

      await control.stop();
      control = await startControl();
      await answers(await joinMesh('web'), 'one');
      await answers(old, 'one');
      const { routes: now, broken: why } = await routes();
      assert.deepEqual([now, why], [before.routes, before.broken]);
      const status = await ask<Status>('/status');
      assert.deepEqual(status.broken, [{ service: 'echo', ...before.broken }]);

      await consul.configure(resolver(), split(0));
      await answers(old, 'two');
      assert.equal((await routes()).broken, undefined);
    });
  }

  test('what breaks while no control plane runs does not move callers either', async () => {
    await consul.configure(split(100));
    await answers(old, 'one');
    await control.stop();
    await consul.configure(resolver({}, BAD_FILTER), split(0));
    control = await startControl();
    await answers(await joinMesh('web'), 'one');
    await answers(old, 'one');
    assert.equal((await routes()).broken?.inForce, 'last good');
    await consul.configure(resolver(), split(100));
    await eventually(async () => assert.equal((await routes()).broken, undefined), WAIT_MS);
  });

  test('a service that routes by what its callers cannot read ends none of them, and its other routes hold', async () => {
    await consul.configure(resolver(), split(100));
    await answers(old, 'one');
    const route = (http: object) => ({
      Match: { HTTP: http },
      Destination: { ServiceSubset: 'v1' },
    });
    const second = { Match: { HTTP: { PathPrefix: '/' } }, Destination: { ServiceSubset: 'v2' } };
    const unreadable = ['\\p{Alphabetic}+', '/\\p{Lc}.*', '\\pL{500}', '\\Q/x/y\\E'];
    await consul.configure({
      Kind: 'service-router',
      Name: 'echo',
      Routes: [
        ...unreadable.map((PathRegex) => route({ PathRegex })),
        route({ Header: [{ Name: 'x-one', Regex: '\\pL+' }] }),
        second,
      ],
    });
    await answers(old, 'two');
    await answers(await joinMesh('web'), 'two');
    const { warnings } = await ask<Status>('/status');
    assert.match(warnings.join(), /service-router\/echo: route 1 is left out: .*p\{Alph/);
    await consul.client.remove('/config/service-router/echo');
    await answers(old, 'one');
  });

  test('the last good entries are for their owner alone', async () => {
    assert.equal((await stat(state)).mode & 0o777, 0o700);
    // While it is written, the new file lies beside the old one.
    await eventually(async () => assert.deepEqual(await readdir(state), ['echo.json']), WAIT_MS);
    assert.equal((await stat(join(state, 'echo.json'))).mode & 0o777, 0o600);
  });

  test('where no last good entries are known, callers fail at once with the words of Consul', async () => {
    await consul.register({ service: 'fresh', port: 9 });
    await consul.configure({
      Kind: 'service-resolver',
      Name: 'fresh',
      DefaultSubset: 'v1',
      Subsets: { v1: { Filter: BAD_FILTER } },
    });
    await eventually(async () => {
      const { code, details } = await old.call('fresh', undefined, 60_000);
      assert.equal(code, UNAVAILABLE);
      assert.ok(details.includes(REFUSAL), details);
      assert.match(details, /calls to "fresh" lead nowhere: service-resolver\/fresh/);
    }, WAIT_MS);
    const { broken: all } = await ask<Status>('/status');
    assert.deepEqual(
      all.map(({ service, inForce }) => [service, inForce]),
      [['fresh', 'without them']],
    );
  });

  test('a filter that Consul refuses is named before any route leads to it', async () => {
    await consul.configure({
      Kind: 'service-resolver',
      Name: 'unused',
      Subsets: { v1: { Filter: 'Service.Port == "x"' } },
    });
    await eventually(async () => {
      const { warnings } = await ask<Status>('/status');
      assert.match(
        warnings.join(),
        /service-resolver\/unused: .*"v1" .*Failed to coerce value "x"/,
      );
    });
  });

  test('shares that go where nobody is are named', async () => {
    const { Subsets } = resolver();
    const v9 = { Filter: 'Service.Meta.version == v9' };
    const splits = ['v1', 'v9'].map((ServiceSubset) => ({ Weight: 50, ServiceSubset }));
    await consul.configure(
      { ...resolver(), Subsets: { ...(Subsets as object), v9 } },
      { ...split(0), Splits: splits },
    );
    await eventually(async () => {
      const { warnings } = await ask<Status>('/status');
      assert.match(
        warnings.join(),
        /routes of "echo": 50% .* go to echo\/v9, which has no healthy/,
      );
    });
  });

  test('a name that leads nowhere says what is wrong with it', async () => {
    const fails = async (name: string, says: RegExp) => {
      const { code, details } = await old.call(name, undefined, 60_000);
      assert.equal(code, UNAVAILABLE);
      assert.match(details, says);
    };
    await fails('nobody', /Consul knows no service "nobody"/);
    await fails('Echo', /Consul knows no service "Echo", but "echo"/);
    await fails(
      'echo:50051',
      /"echo:50051" is no name of a service: dial xds:\/\/\/echo, without a port/,
    );
  });

  test('a service that goes away and comes back is called again', async () => {
    await consul.register({ service: 'guest', id: 'guest', port: await servers.serve('guest') });
    await consul.intend('guest', { web: 'allow' });
    const details = async () => (await old.call('guest')).details;
    // The server's certificate is another service's: it is called, and turned down.
    await eventually(
      async () => assert.match(await details(), /subject alternative name/i),
      WAIT_MS,
    );
    await consul.client.write('/agent/service/deregister/guest');
    await eventually(
      async () => assert.match(await details(), /knows no service "guest"/),
      WAIT_MS,
    );
    await consul.register({ service: 'guest', id: 'guest', port: await servers.serve('guest-2') });
    await eventually(
      async () => assert.match(await details(), /subject alternative name/i),
      WAIT_MS,
    );
  });
});
