import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { pino } from 'pino';
import { Contracts } from '../contracts/index.ts';
import { eventually } from '../testing/eventually.ts';
import { type ConfigEntryBody, TestConsul } from '../testing/TestConsul.ts';
import { writeIdentity } from '../testing/writeIdentity.ts';
import { ControlPlane } from './ControlPlane.ts';
import type { RouteTable } from './chain/RouteTable.ts';
import { MeshPeer } from './testing/MeshPeer.ts';
import type { PeerReply, Tally } from './testing/peerProtocol.ts';
import { TestEnvoy } from './testing/TestEnvoy.ts';

const log = pino({ level: process.env.WEFT_LOG_LEVEL ?? 'silent' });
const contracts = Contracts.load();
const publicRead = contracts.methods.find(
  (method) =>
    method.access === 'public' &&
    method.idempotency === 'no_side_effects' &&
    !method.responseStream,
);
const CALLS = 2_000;
const WAIT_MS = 30_000;

/** What the calls ended with that nobody answered. */
const lost = (tally: Tally) => Object.keys(tally).filter((id) => id.startsWith('code'));

describe('calls go where Consul says, in gRPC and at the edge', { timeout: 300_000 }, () => {
  assert.ok(publicRead?.meshService);
  const { path, meshService: name, rateLimit } = publicRead;
  let consul: TestConsul;
  let control: ControlPlane;
  let servers: MeshPeer;
  let backup: MeshPeer;
  let client: MeshPeer;
  let envoy: TestEnvoy;

  before(async () => {
    consul = await TestConsul.start();
    const ports = { listen: '127.0.0.1:0', admin: '127.0.0.1:0' };
    control = await ControlPlane.start({ ...ports, consul: consul.client, contracts, log });
    const { xdsServer } = control;
    const common = { consul, xdsServer };
    [servers, backup, client] = await Promise.all([
      MeshPeer.start({ ...common, service: name, methods: [path] }),
      MeshPeer.start({ ...common, service: 'backup', methods: [path] }),
      MeshPeer.start({ ...common, service: 'web', zone: 'east' }),
    ]);
    const protocol = { Kind: 'service-defaults', Protocol: 'grpc' };
    await consul.configure({ ...protocol, Name: name }, { ...protocol, Name: 'backup' });
    for (const service of [name, 'backup']) await consul.intend(service, { '*': 'allow' });
    const ids = { one: 'v1', two: 'v1', canary: 'v2' };
    for (const [id, version] of Object.entries(ids)) await add(id, { version });
    await consul.register({ service: 'backup', id: 'backup', port: await backup.serve('backup') });
    const identity = await writeIdentity(consul.client, 'gateway');
    envoy = await TestEnvoy.start(Number(xdsServer.split(':').at(-1)), identity);
    await eventually(async () => assert.equal(await atEdge(), 'one'), WAIT_MS);
  });

  after(async () => {
    await envoy?.stop();
    await Promise.all([servers, backup, client].map((peer) => peer?.stop()));
    await control?.stop();
    await consul?.stop();
  });

  const ports = new Map<string, number>();
  async function add(id: string, more: Partial<Parameters<TestConsul['register']>[0]>) {
    const port = ports.get(id) ?? (await servers.serve(id));
    ports.set(id, port);
    await consul.register({ service: name, id, port, ...more });
  }
  const load = (calls: number, headers = {}) => client.load(name, calls, headers, path);
  const answering = async (calls = 60, headers = {}) =>
    Object.keys(await load(calls, headers)).sort();
  const becomes = (ids: readonly string[], headers = {}) =>
    eventually(async () => assert.deepEqual(await answering(60, headers), ids), WAIT_MS);

  /** Who answers at the edge, or the status. */
  async function atEdge(headers: Record<string, string> = {}, from?: string): Promise<string> {
    const { headers: received, body } = await envoy.grpc(path, headers, from);
    if (received['grpc-status'] !== '0') return `code ${received['grpc-status']}`;
    return (JSON.parse(body.subarray(5).toString()) as PeerReply).server;
  }
  const edgeBecomes = (id: string, headers = {}) =>
    eventually(async () => assert.equal(await atEdge(headers, '127.0.9.1'), id), WAIT_MS);
  let addresses = 0;
  /** As many calls as one address may make, from as many new addresses as that takes. */
  async function loadEdge(calls: number, headers = {}): Promise<Tally> {
    const tally: Record<string, number> = {};
    for (let made = 0; made < calls; made += rateLimit.requests) {
      addresses += 1;
      const from = `127.0.1.${addresses}`;
      const answers = await Promise.all(
        Array.from({ length: rateLimit.requests }, () => atEdge(headers, from)),
      );
      for (const id of answers) tally[id] = (tally[id] ?? 0) + 1;
    }
    return tally;
  }
  const subsets: ConfigEntryBody = {
    Kind: 'service-resolver',
    Name: name,
    Subsets: {
      v1: { Filter: 'Service.Meta.version == v1' },
      v2: { Filter: 'Service.Meta.version == v2' },
    },
  };
  const split = (v1: number): ConfigEntryBody => ({
    Kind: 'service-splitter',
    Name: name,
    Splits: [
      { Weight: v1, ServiceSubset: 'v1' },
      { Weight: 100 - v1, ServiceSubset: 'v2' },
    ],
  });
  const forgetAll = async () => {
    for (const kind of ['router', 'splitter', 'resolver']) {
      await consul.forget(`service-${kind}`, name);
    }
    await becomes(['canary', 'one', 'two']);
  };

  test('a canary gets its tenth of the calls, and all of those that ask for it', async () => {
    await consul.configure(subsets, split(100));
    await becomes(['one', 'two']);
    await consul.configure(split(90), {
      Kind: 'service-router',
      Name: name,
      Routes: [
        {
          Match: { HTTP: { Header: [{ Name: 'x-version', Exact: 'v2' }] } },
          Destination: { ServiceSubset: 'v2' },
        },
      ],
    });
    const asked = { 'x-version': 'v2' };
    await becomes(['canary'], asked);
    await edgeBecomes('canary', asked);
    for (const tally of [await load(CALLS), await loadEdge(CALLS)]) {
      const { one = 0, two = 0, canary = 0 } = tally;
      assert.equal(one + two + canary, CALLS, JSON.stringify(tally));
      assert.ok(canary >= 0.07 * CALLS && canary <= 0.13 * CALLS, JSON.stringify(tally));
    }
    assert.deepEqual(await load(200, asked), { canary: 200 });
  });

  test('the table that the control plane shows is the one that callers follow', async () => {
    const answer = await fetch(`${control.adminUrl}/routes/${name}`);
    const { routes, warnings } = (await answer.json()) as RouteTable;
    assert.deepEqual(routes.at(-1)?.destinations, [
      { target: `${name}/v1`, weight: 9_000 },
      { target: `${name}/v2`, weight: 1_000 },
    ]);
    assert.deepEqual(warnings, []);
  });

  test('a rollback, and a share raised from nothing, lose no call', async () => {
    const under = load(4_000);
    for (const share of [100, 0]) {
      await consul.configure(split(share));
      await edgeBecomes(share ? 'one' : 'canary');
    }
    const tally = await under;
    assert.ok(tally.one && tally.canary, `the change came too late: ${JSON.stringify(tally)}`);
    assert.deepEqual(lost(tally), []);
    await becomes(['canary']);
    await forgetAll();
  });

  test('an edge under load loses no call when a new subset is routed to', async () => {
    await consul.configure(subsets);
    await edgeBecomes('one');
    const tallies = [await loadEdge(rateLimit.requests)];
    const change = consul.configure({ ...subsets, DefaultSubset: 'v2' });
    while (Object.keys(tallies.at(-1) ?? {}).join() !== 'canary') {
      assert.ok(tallies.length < 200, `no change under load: ${JSON.stringify(tallies.at(-1))}`);
      tallies.push(await loadEdge(rateLimit.requests));
      assert.deepEqual(lost(tallies.at(-1) ?? {}), []);
    }
    await change;
    await forgetAll();
  });

  test('a subset without healthy instance fails over, also to another service, and back', async () => {
    await consul.configure({
      ...subsets,
      DefaultSubset: 'v2',
      Failover: { v2: { Targets: [{ Service: 'backup' }, { ServiceSubset: 'v1' }] } },
    });
    await becomes(['canary']);
    await consul.setHealth('canary', 'fail');
    await becomes(['backup']);
    await edgeBecomes('backup');
    await consul.setHealth('backup', 'fail');
    await becomes(['one', 'two']);
    await consul.setHealth('canary', 'pass');
    await consul.setHealth('backup', 'pass');
    await becomes(['canary']);
    await edgeBecomes('canary');
    await forgetAll();
  });

  test('a redirect leads the calls to another service, under its own identity', async () => {
    await consul.configure({
      Kind: 'service-resolver',
      Name: name,
      Redirect: { Service: 'backup' },
    });
    await becomes(['backup']);
    await edgeBecomes('backup');
    await forgetAll();
  });

  test('a RequestTimeout is the deadline of the call', async () => {
    await consul.configure({
      Kind: 'service-router',
      Name: name,
      Routes: [{ Match: { HTTP: { PathPrefix: '/' } }, Destination: { RequestTimeout: '700ms' } }],
    });
    const remaining = (said: PeerReply | undefined) => said?.remainingMs ?? 1e9;
    await eventually(async () => {
      const { said } = await client.call(name, path);
      assert.ok(remaining(said) <= 700, JSON.stringify(said));
    }, WAIT_MS);
    await eventually(async () => {
      const { body } = await envoy.grpc(path, {}, '127.0.9.1');
      assert.ok(remaining(JSON.parse(body.subarray(5).toString())) <= 700);
    }, WAIT_MS);
    await forgetAll();
  });

  test('a ring sends each symbol to one instance, and symbols to all', async () => {
    await consul.configure({
      Kind: 'service-resolver',
      Name: name,
      LoadBalancer: {
        Policy: 'ring_hash',
        HashPolicies: [{ Field: 'header', FieldValue: 'x-symbol' }],
      },
    });
    await eventually(async () => {
      const seen = new Set<string>();
      for (let symbol = 0; symbol < 20; symbol += 1) {
        const tally = await load(20, { 'x-symbol': `S${symbol}` });
        const [only, ...others] = Object.keys(tally);
        assert.ok(only);
        assert.deepEqual(others, [], `S${symbol}`);
        seen.add(only);
      }
      assert.deepEqual([...seen].sort(), ['canary', 'one', 'two']);
    }, WAIT_MS);
    await forgetAll();
  });

  test('an instance of four times the weight gets four times the calls', async () => {
    await add('one', { version: 'v1', weight: 4 });
    await eventually(async () => {
      const { one = 0, two = 0, canary = 0 } = await load(600);
      assert.ok(one > 2 * (two + canary) * 0.8, JSON.stringify({ one, two, canary }));
      assert.ok(one < 2 * (two + canary) * 1.25, JSON.stringify({ one, two, canary }));
    }, WAIT_MS);
    await add('one', { version: 'v1' });
  });

  test('an instance that fails is left alone, and is back after it has healed', async () => {
    const PassiveHealthCheck = {
      Interval: '1s',
      MaxFailures: 3,
      MaxEjectionPercent: 50,
      BaseEjectionTime: '1s',
    };
    await consul.configure({
      Kind: 'service-defaults',
      Name: 'web',
      UpstreamConfig: { Defaults: { PassiveHealthCheck } },
    });
    await servers.setFailing('two', true);
    await eventually(async () => assert.deepEqual(await answering(), ['canary', 'one']), WAIT_MS);
    await servers.setFailing('two', false);
    await becomes(['canary', 'one', 'two']);
    await consul.forget('service-defaults', 'web');
  });

  test('callers stay in their zone, and leave it when nobody is left there', async () => {
    await add('one', { zone: 'east' });
    await add('two', { zone: 'west' });
    await add('canary', { zone: 'west' });
    await becomes(['one']);
    await consul.setHealth('one', 'fail');
    await becomes(['canary', 'two']);
    await consul.setHealth('one', 'pass');
    await becomes(['one']);
  });
});
