import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { FieldOptionsSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { WebSocket } from 'ws';
import { withAccess } from '../gateway/testing/withAccess.ts';
import { Contracts } from '../mesh/contracts/index.ts';
import { callUnary } from './support/outsideCalls.ts';
import { SteadyLoad } from './support/SteadyLoad.ts';
import { TestMesh } from './support/TestMesh.ts';
import { waitFor } from './support/waitFor.ts';

const SUMMARY = '/market.v1.AnalyticsService/GetAssetSummary';
const INTERNAL = 1;
const CALL_MS = 60_000;

suite('Contracts that change while a mesh runs', { timeout: 280_000 }, () => {
  const contracts = Contracts.load();
  let folder: string;
  let mesh: TestMesh;

  /** Another image in the place of the one that the mesh's processes read. */
  async function write({ image }: Contracts): Promise<void> {
    await writeFile(join(folder, 'new'), image);
    await rename(join(folder, 'new'), join(folder, 'image.binpb'));
  }

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'weft-new-contracts-'));
    await write(withAccess(contracts, { [SUMMARY]: { access: INTERNAL } }));
    process.env.WEFT_CONTRACTS = join(folder, 'image.binpb');
    process.env.WEFT_SHED_AFTER_MS = '0';
    const servicesFolder = join(import.meta.dirname, 'support/services');
    mesh = await TestMesh.start({ only: ['analytics', 'room'], servicesFolder });
  });
  after(async () => {
    delete process.env.WEFT_CONTRACTS;
    delete process.env.WEFT_SHED_AFTER_MS;
    await mesh?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const get = async (path: string) => {
    const response = await fetch(mesh.edge + path, { signal: AbortSignal.timeout(CALL_MS) });
    return { status: response.status, body: await response.text() };
  };
  const summary = async () => (await get('/v1/assets/A/summary')).status;
  const good = async (path: string) => {
    const { status, body } = await get(path);
    if (status !== 200) throw new Error(`${status} ${body}`);
    return body;
  };

  test('a new path answers after make up, a removed one no more, and no call and no socket notices', async () => {
    await waitFor('the edge to reach both', async () => {
      return (await get('/room')).status === 200 && (await get('/v1/assets')).status === 200;
    });
    assert.equal(await summary(), 404);
    const socket = new WebSocket(`${mesh.edge.replace('http', 'ws')}/room/socket`);
    await once(socket, 'open');
    const load = new SteadyLoad({
      rest: {
        call: async () => JSON.parse(await good('/v1/assets/A/candles?interval=60s')).nextPageToken,
        atOnce: 2,
      },
      grpc: {
        call: async () => {
          const port = Number(new URL(mesh.edge).port);
          const { code, message } = await callUnary(port, '/market.v1.AnalyticsService/ListAssets');
          if (code !== 0) throw new Error(`${code} ${message}`);
          return 'analytics';
        },
        atOnce: 1,
      },
      http: { call: async () => JSON.parse(await good('/room')).route, atOnce: 1 },
    });
    try {
      const before = await mesh.pids();
      await write(contracts);
      assert.match(await mesh.startAgain(), /^New contracts: .*control, analytics/m);
      await waitFor('the new path', async () => (await summary()) === 200);
      const { control, analytics, ...others } = await mesh.pids();
      const { control: oldControl, analytics: oldAnalytics, ...same } = before;
      assert.deepEqual(others, same);
      assert.notEqual(control, oldControl);
      assert.notEqual(analytics, oldAnalytics);

      assert.equal(await mesh.startAgain(), '', 'there is nothing to say');
      assert.deepEqual(await mesh.pids(), { ...same, control, analytics });

      await write(withAccess(contracts, { [SUMMARY]: { access: INTERNAL } }));
      await mesh.startAgain();
      await waitFor('the path to be gone', async () => (await summary()) === 404);

      const said = once(socket, 'message');
      socket.send('still there?');
      assert.equal(String((await said)[0]), 'you: still there?');
    } finally {
      await load.stop();
      socket.close();
    }
    for (const [kind, { failed, answered }] of Object.entries(load.tallies)) {
      assert.deepEqual(failed, [], kind);
      assert.ok(Object.keys(answered).length > 0, kind);
    }
    const { rest } = load.tallies;
    assert.ok(
      Object.keys(rest.answered).length > 2,
      'its processes, and those that stood in for them',
    );
  });

  test('what stands in the bootstrap of the edge has it start anew, also where the first try was interrupted', async () => {
    const path = '/v1/assets/{asset_symbol}/candles';
    const logged = async () => {
      const log = await readFile(join(mesh.home, 'logs/gateway.log'), 'utf8');
      return log.split('\n').filter((line) => line.includes(`"path":"${path}"`)).length;
    };
    await write(withSecret(contracts, 'ListCandlesRequest', 'asset_symbol'));
    const before = await mesh.pids();
    await assert.rejects(mesh.startAgain(/^Another bootstrap/), { name: 'AbortError' });
    assert.match(await mesh.startAgain(), /^Another bootstrap of the edge: restarting gateway$/m);
    assert.notEqual((await mesh.pids()).gateway, before.gateway);
    assert.equal(await logged(), 0);
    await good('/v1/assets/A/candles?interval=60s');
    await waitFor('a line of the log without the path', async () => (await logged()) > 0);
    assert.equal(await mesh.startAgain(), '', 'there is nothing to say');
  });
});

/** The contracts with a field that is to be in no log. */
function withSecret({ image }: Contracts, message: string, field: string): Contracts {
  const set = fromBinary(FileDescriptorSetSchema, image);
  const found = set.file
    .flatMap(({ messageType }) => messageType)
    .find(({ name }) => name === message)
    ?.field.find(({ name }) => name === field);
  assert.ok(found);
  found.options ??= create(FieldOptionsSchema);
  found.options.debugRedact = true;
  return new Contracts(toBinary(FileDescriptorSetSchema, set));
}
