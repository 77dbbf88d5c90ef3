import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { Contracts } from '@weft/mesh/contracts';
import { withAccess } from '../../gateway/testing/withAccess.ts';
import type { RestartTallies } from '../support/restartLoad.ts';
import { waitFor } from '../support/waitFor.ts';
import { Host } from './Host.ts';
import { Network } from './Network.ts';

const WAIT_MS = 240_000;
const HOSTS = [1, 2, 3];
/** Reads, which are sent again when an instance does not answer. */
const READS = ['quick', 'slow', 'hanging'] as const;
/** Long enough that a call fails for what is done to the mesh, and not for a machine that is slow. */
const PATIENT = { timeout: { seconds: 60n } };

interface Instance {
  readonly Service: { readonly Address: string };
}

interface RaftConfiguration {
  readonly Servers: readonly { readonly Voter: boolean }[];
}

suite('A mesh on three hosts', { timeout: 1_200_000 }, () => {
  let folder: string;
  let network: Network;
  let hosts: Host[];
  /** Calls that nothing may send again, and that have failed so far. */
  let lostWrites = 0;

  const hostAt = (host: number) => {
    const found = hosts.find((one) => one.host === host);
    assert.ok(found);
    return found;
  };
  const all = (action: (host: Host) => Promise<void>) => Promise.all(hosts.map(action));

  /** Instances that are healthy, as a host's Consul knows them. */
  async function healthy(at: Host): Promise<string[]> {
    const path = '/health/service/analytics?passing';
    const { value } = await at.consul.read<Instance[]>(path);
    return value.map(({ Service }) => Service.Address).sort();
  }

  async function leader(at: Host): Promise<Host> {
    const { value } = await at.consul.read<string>('/status/leader');
    const found = hosts.find(({ address }) => value.startsWith(`${address}:`));
    assert.ok(found, `leader: ${value}`);
    return found;
  }

  /** Waits until each server has a vote: Consul takes it from a dead one, and gives it back after 10 s of health. */
  async function allVote() {
    const path = '/operator/raft/configuration';
    await waitFor(
      'each server to have a vote',
      async () => {
        const { value } = await hostAt(1).consul.read<RaftConfiguration>(path);
        return value.Servers.filter(({ Voter }) => Voter).length === HOSTS.length;
      },
      WAIT_MS,
    );
  }

  const count = ({ answered }: RestartTallies['quick'], by: string) =>
    by === '*' ? Object.values(answered).reduce((sum, one) => sum + one, 0) : (answered[by] ?? 0);

  /** Waits until the callers on these hosts have had ten more answers from each of these instances. */
  async function areAnswered(callers: readonly Host[], by: readonly string[] = ['*']) {
    for (const caller of callers) {
      const before = (await caller.tallies()).quick;
      await waitFor(
        `answers of ${by} on host ${caller.host}`,
        async () => {
          const now = (await caller.tallies()).quick;
          return by.every((one) => count(now, one) >= count(before, one) + 10);
        },
        WAIT_MS,
      );
    }
  }

  /** A change that all callers have to learn by xDS: the instance of a host, started anew. */
  async function changeGetsThrough(at: Host) {
    await at.kill('service');
    await at.start('service');
    await areAnswered(hosts, [at.instance]);
  }

  /** Fails on reads that failed; counts the writes that did. */
  async function noReadHasFailed(): Promise<string> {
    const parts = hosts.flatMap(({ host, dead }) => dead.map((part) => `${part} of host ${host}`));
    assert.deepEqual(parts, [], 'ended by themselves');
    const summary: string[] = [];
    let writes = -lostWrites;
    for (const caller of hosts) {
      const tallies = await caller.tallies();
      for (const kind of READS) {
        assert.deepEqual(tallies[kind].failed, [], `${kind} reads from host ${caller.host}`);
      }
      writes += tallies.once.failed.length;
      const reads = READS.reduce((sum, kind) => sum + count(tallies[kind], '*'), 0);
      summary.push(`host ${caller.host}: ${reads} reads, slowest ${tallies.quick.slowestMs} ms`);
    }
    lostWrites += writes;
    return `${summary.join('; ')}; failed: ${writes} writes`;
  }

  async function startControls(host: Host) {
    await host.start('control-1');
    await host.start('control-2');
  }

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'weft-scale-'));
    const contracts = withAccess(Contracts.load(), {
      '/market.v1.AnalyticsService/ListCandles': PATIENT,
      '/market.v1.MarketDataService/SendMarketData': PATIENT,
    });
    const image = join(folder, 'image.binpb');
    await writeFile(image, contracts.image);
    network = await Network.lay(HOSTS);
    hosts = HOSTS.map(
      (host) => new Host({ network, host, hosts: HOSTS, folder, contracts: image }),
    );
    await all((host) => host.start('consul'));
    await waitFor('a leader', () => leader(hostAt(1)), WAIT_MS);
    await waitFor(
      'the intention',
      () =>
        hostAt(1)
          .consul.write('/config', {
            Kind: 'service-intentions',
            Name: 'analytics',
            Sources: [{ Name: 'cli', Action: 'allow' }],
          })
          .then(() => true),
      WAIT_MS,
    );
    await all(startControls);
    await all((host) => host.start('service'));
    await waitFor(
      'all instances',
      async () => (await healthy(hostAt(1))).length === HOSTS.length,
      WAIT_MS,
    );
    await all((host) => host.start('caller'));
  });
  after(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  test('each caller is answered by instances on all hosts', async (t) => {
    t.diagnostic(`packets are delayed and lost by ${network.delayedBy}`);
    await areAnswered(
      hosts,
      hosts.map(({ instance }) => instance),
    );
    t.diagnostic(await noReadHasFailed());
  });

  test('an instance killed with -9 costs no read, and is back when it is back', async (t) => {
    await changeGetsThrough(hostAt(2));
    t.diagnostic(await noReadHasFailed());
  });

  test('one control plane of each host gone: changes get through the other', async (t) => {
    await all((host) => host.kill('control-1'));
    await changeGetsThrough(hostAt(1));
    t.diagnostic(await noReadHasFailed());
  });

  test('both control planes of each host gone: calls go on; back: changes get through', async (t) => {
    await all((host) => host.kill('control-2'));
    await areAnswered(hosts);
    await all(startControls);
    await changeGetsThrough(hostAt(3));
    t.diagnostic(await noReadHasFailed());
  });

  test("Consul's leader killed: calls go on, another leads, and changes get through", async (t) => {
    const old = await leader(hostAt(1));
    const others = hosts.filter((host) => host !== old);
    const [first] = others;
    assert.ok(first);
    await old.kill('consul');
    const began = performance.now();
    await waitFor('another leader', async () => (await leader(first)) !== old, WAIT_MS);
    t.diagnostic(`another leader after ${Math.round(performance.now() - began)} ms`);
    await areAnswered(hosts);
    await first.kill('service');
    await first.start('service');
    await areAnswered(others, [first.instance]);
    await old.start('consul');
    await waitFor(
      'its agent to know all instances again',
      async () => (await healthy(old)).length === HOSTS.length,
      WAIT_MS,
    );
    await areAnswered(
      hosts,
      hosts.map(({ instance }) => instance),
    );
    t.diagnostic(await noReadHasFailed());
  });

  test('a host cut off costs callers on either side no read; brought back, it gets its share', async (t) => {
    const away = hostAt(3);
    const near = hosts.filter((host) => host !== away);
    await allVote();
    await network.cut(away.host);
    const began = performance.now();
    await waitFor(
      'Consul to miss its instance',
      async () => (await healthy(hostAt(1))).length === near.length,
      WAIT_MS,
    );
    t.diagnostic(`Consul missed it after ${Math.round(performance.now() - began)} ms`);
    await areAnswered(
      near,
      near.map(({ instance }) => instance),
    );
    await areAnswered([away], [away.instance]);
    await network.join(away.host);
    const joined = performance.now();
    const sinceJoined = () => Math.round(performance.now() - joined);
    await areAnswered(
      [away],
      near.map(({ instance }) => instance),
    );
    t.diagnostic(`it was answered by the others after ${sinceJoined()} ms`);
    // What is left is Consul's: its gossip has to find the host again, and its leader to take its instance for healthy.
    await waitFor(
      'Consul to have its instance again',
      async () => (await healthy(hostAt(1))).length === HOSTS.length,
      WAIT_MS,
    );
    t.diagnostic(`Consul had its instance again after ${sinceJoined()} ms`);
    await areAnswered(
      hosts,
      hosts.map(({ instance }) => instance),
    );
    t.diagnostic(`all were answered by all after ${sinceJoined()} ms`);
    t.diagnostic(await noReadHasFailed());
  });

  test("most of Consul's servers gone: calls go on; back: changes get through", async (t) => {
    const [one, ...others] = hosts;
    assert.ok(one);
    await allVote();
    await Promise.all(others.map((host) => host.kill('consul')));
    await waitFor(
      'Consul to have no leader',
      () =>
        one.consul.write('/kv/probe', { probe: true }).then(
          () => false,
          () => true,
        ),
      WAIT_MS,
    );
    await areAnswered(hosts);
    await Promise.all(others.map((host) => host.start('consul')));
    await waitFor('a leader', () => leader(one), WAIT_MS);
    await waitFor(
      'all instances',
      async () => (await healthy(one)).length === HOSTS.length,
      WAIT_MS,
    );
    await changeGetsThrough(one);
    t.diagnostic(await noReadHasFailed());
  });
});
