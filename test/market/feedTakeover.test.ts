import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { jetstreamManager } from '@nats-io/jetstream';
import { EventHeader, streamOf } from '@weft/mesh/events';
import { connectMesh } from '@weft/mesh/runtime';
import { ChainUpdated, OptionMarketServiceDefinition } from '@weft/proto/market/v1/option_market';
import { readMeshConfig } from '../../mesh/runtime/config/MeshConfig.ts';
import { isRunning, killProgram, spawnProgram } from '../../mesh/testing/spawnProgram.ts';
import { query } from '../../services/kit/testing/query.ts';
import { onServer } from '../../services/kit/testing/templateDatabase.ts';
import { marketSchema } from '../../services/market/feed/settings/marketSchema.ts';
import { firstUpdates, marketJson } from '../../services/market/feed/testing/testMarket.ts';
import { startEngines } from '../support/startEngines.ts';
import { waitFor } from '../support/waitFor.ts';

const script = fileURLToPath(new URL('../../services/market/feed/main.ts', import.meta.url));
/** Twice what a lease lasts: whoever stands still for so long is no longer who writes. */
const FROZEN_MS = 10_000;
/** Updates between one failure and the next. */
const BETWEEN = 30;

test('a stand-by goes on with the same market, without a gap or a repetition, over kill -9 and SIGSTOP of who makes it, of NATS and of PostgreSQL', async () => {
  await using cleanup = new AsyncDisposableStack();
  const engines = await startEngines([{ name: 'feed', consumes: [] }], cleanup);
  const { consul, nats, postgres, folder, env: joining } = engines;
  await consul.intend('feed', { viewer: 'allow' });
  await query(postgres.url, 'create database feed');
  const databaseUrl = onServer(postgres.url, 'feed');
  // Twenty moments a second of two products.
  const json = marketJson({ timeFactor: 1_200 });
  const file = join(folder, 'market.json');
  await writeFile(file, JSON.stringify(json));

  const instances = new Map<number, ChildProcess>();
  cleanup.defer(() => {
    for (const instance of instances.values()) instance.kill('SIGKILL');
  });
  let said = '';
  const start = async (number: number) => {
    const instance = spawnProgram([process.execPath, script], {
      env: {
        ...{ ...joining, DATABASE_URL: databaseUrl, FEED_MARKET: file },
        WEFT_INSTANCE: String(number),
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    instance.stdout?.on('data', (chunk) => {
      said = `${said}${chunk}`.slice(-4_000);
    });
    instances.set(number, instance);
    await waitFor(`instance ${number} serves`, async () => {
      if (!isRunning(instance)) throw new Error(`instance ${number} has ended: ${said}`);
      const path = '/health/service/feed?passing=1';
      const { value } = await consul.client.read<{ Service: { ID: string } }[]>(path);
      return value.some(({ Service }) => Service.ID === `feed-${number}`);
    });
  };
  /** Whose lease it is. */
  const activeNumber = async () => {
    const rows = await query(
      databaseUrl,
      "select owner from weft.lease where name = 'stream' and expires_at > clock_timestamp()",
    );
    return Number(/^feed-(\d+) /.exec(String(rows[0]?.owner))?.[1]);
  };
  await Promise.all([start(1), start(2)]);
  const mesh = await connectMesh({ service: 'viewer', config: readMeshConfig(joining) });
  cleanup.defer(() => mesh.close());
  const market = mesh.client(OptionMarketServiceDefinition);
  const chainNow = async () => (await market.getChain({ product: 'ALFA' })).chain;
  /** It goes on from where it is now. */
  const goesOn = async (what: string) => {
    const before = (await waitFor('a chain', chainNow)).sequence;
    const later = async () => ((await chainNow())?.sequence ?? 0) > before + BETWEEN;
    await waitFor(what, later, 120_000);
  };
  const active = () =>
    waitFor('one to make it', async () => instances.has(await activeNumber()) && activeNumber());
  await goesOn('the market is made');

  const epochs = new Set<number>();
  const kill = async () => {
    const number = await active();
    epochs.add((await waitFor('a chain', chainNow)).epoch);
    await killProgram(instances.get(number) as ChildProcess);
    await goesOn('the stand-by makes it');
    await start(number);
  };
  await kill();
  await kill();
  await nats.kill();
  await nats.run();
  await goesOn('it is made when NATS is back');
  await postgres.kill();
  await postgres.restart();
  await goesOn('it is made when PostgreSQL is back');
  const frozen = instances.get(await active()) as ChildProcess;
  frozen.kill('SIGSTOP');
  await sleep(FROZEN_MS);
  frozen.kill('SIGCONT');
  await goesOn('it is made when who stood still is back');
  // Each instance tells what is made, whoever makes it.
  const sequences = new Set<number>();
  for (let call = 0; call < 20; call += 1) sequences.add((await chainNow())?.sequence ?? 0);
  assert.ok(!sequences.has(0));
  for (const instance of instances.values()) {
    instance.kill('SIGTERM');
    await waitFor('it ends', () => !isRunning(instance));
  }

  const connection = await nats.connect('cli');
  cleanup.defer(() => connection.close());
  const { streams } = await jetstreamManager(connection, { checkAPI: false });
  const { state } = await streams.info(streamOf('feed'));
  const told: ChainUpdated[] = [];
  const places: number[] = [];
  for (let seq = state.first_seq; seq <= state.last_seq; seq += 1) {
    const message = await streams.getMessage(streamOf('feed'), { seq });
    if (!message) throw new Error(`the stream has lost message ${seq}`);
    places.push(Number(message.header.get(EventHeader.position)));
    told.push(ChainUpdated.decode(message.data));
  }
  assert.deepEqual(
    places,
    Array.from({ length: told.length }, (_, at) => at + 1),
  );
  const expected = firstUpdates(marketSchema.parse(json), told.length);
  let epoch = 0;
  for (const [at, chain] of told.entries()) {
    assert.ok(chain.epoch >= epoch, `update ${at} is of epoch ${chain.epoch} after ${epoch}`);
    epoch = chain.epoch;
    const [made, wanted] = [chain, expected[at] as ChainUpdated].map((each) =>
      Buffer.from(ChainUpdated.encode({ ...each, epoch: 0 }).finish()),
    );
    assert.ok(made?.equals(wanted as Buffer), `update ${at} is another one`);
  }
  assert.ok(epochs.size === 2 && epoch > Math.max(...epochs), `epochs ${[...epochs]}, ${epoch}`);
});
