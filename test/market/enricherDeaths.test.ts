import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isRunning, killProgram, spawnProgram } from '../../mesh/testing/spawnProgram.ts';
import { query } from '../../services/kit/testing/query.ts';
import { onServer } from '../../services/kit/testing/templateDatabase.ts';
import { assertEnriched, readStreams } from '../../services/market/enricher/testing/readStreams.ts';
import { marketJson, productJson } from '../../services/market/feed/testing/testMarket.ts';
import { startEngines } from '../support/startEngines.ts';
import { waitFor } from '../support/waitFor.ts';

const SYMBOLS = ['ALFA', 'BETA', 'GAMA', 'DELT', 'EPSI', 'ZETA'];
/** Chains of each product between one failure and the next. */
const BETWEEN = 12;

test('each chain is enriched once and in order, over kill -9 of an instance, of NATS and of PostgreSQL', async () => {
  await using cleanup = new AsyncDisposableStack();
  const engines = await startEngines(
    [
      { name: 'feed', consumes: [] },
      { name: 'enricher', consumes: ['feed.chain_updated'] },
    ],
    cleanup,
  );
  const { consul, nats, postgres, folder, env } = engines;
  const file = join(folder, 'market.json');
  const products = SYMBOLS.map((symbol, seed) =>
    productJson({ symbol, seed, strikesEachSide: 4, expiries: { weekly: 1, monthly: 1 } }),
  );
  // Five moments a second.
  await writeFile(file, JSON.stringify(marketJson({ products, timeFactor: 300 })));
  for (const name of ['feed', 'enricher']) await query(postgres.url, `create database ${name}`);
  const databaseUrl = onServer(postgres.url, 'enricher');

  const running = new Map<string, ChildProcess>();
  cleanup.defer(() => {
    for (const each of running.values()) each.kill('SIGKILL');
  });
  const start = async (service: string, number: number) => {
    const script = fileURLToPath(
      new URL(`../../services/market/${service}/main.ts`, import.meta.url),
    );
    const id = `${service}-${number}`;
    const instance = spawnProgram([process.execPath, script], {
      env: {
        ...{ ...env, DATABASE_URL: onServer(postgres.url, service), FEED_MARKET: file },
        WEFT_INSTANCE: String(number),
      },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    running.set(id, instance);
    await waitFor(`${id} serves`, async () => {
      if (!isRunning(instance)) throw new Error(`${id} has ended`);
      const path = `/health/service/${service}?passing=1`;
      const { value } = await consul.client.read<{ Service: { ID: string } }[]>(path);
      return value.some(({ Service }) => Service.ID === id);
    });
  };
  /** It goes on from where it is now, of all products. */
  const goesOn = async (what: string) => {
    const least = async () => {
      const [row] = await query(
        databaseUrl,
        'select count(*)::int as products, min(sequence)::int as least from product',
      );
      return Number(row?.products) === SYMBOLS.length ? Number(row?.least) : undefined;
    };
    const before = await waitFor('chains of all products', least);
    await waitFor(what, async () => ((await least()) ?? 0) > before + BETWEEN, 120_000);
  };
  const shares = async () => {
    const rows = await query(
      databaseUrl,
      `select split_part(owner, ' ', 1) as owner, count(*)::int as held from weft.lease
       where name like 'events feed %' and expires_at > clock_timestamp() group by 1 order by 1`,
    );
    return rows.map(({ owner, held }) => `${owner}: ${held}`).join(', ');
  };
  const areShared = () =>
    waitFor('both to have their part', async () => {
      assert.equal(await shares(), 'enricher-1: 10, enricher-2: 10');
      return true;
    });

  await start('feed', 1);
  await start('enricher', 1);
  await start('enricher', 2);
  await areShared();
  await goesOn('chains are enriched');
  await killProgram(running.get('enricher-1') as ChildProcess);
  await goesOn('the other one takes its part over');
  assert.equal(await shares(), 'enricher-2: 20');
  await start('enricher', 1);
  await areShared();
  await nats.kill();
  await nats.run();
  await goesOn('it goes on when NATS is back');
  await postgres.kill();
  await postgres.restart();
  await goesOn('it goes on when PostgreSQL is back');

  const feed = running.get('feed-1') as ChildProcess;
  feed.kill('SIGTERM');
  await waitFor('the feed ends', () => !isRunning(feed));
  const told = await waitFor('all that was made to be told', async () => {
    const streams = await readStreams(nats);
    return streams.enriched.length >= streams.chains.length && streams;
  });
  assert.ok(told.chains.length > SYMBOLS.length * 4 * BETWEEN);
  assertEnriched(told.chains, told.enriched);
  const [row] = await query(databaseUrl, 'select count(*)::int as parked from weft.parked_event');
  assert.equal(row?.parked, 0);
  for (const id of ['enricher-1', 'enricher-2']) {
    const instance = running.get(id) as ChildProcess;
    instance.kill('SIGTERM');
    await waitFor(`${id} ends`, () => !isRunning(instance));
    assert.equal(instance.exitCode, 0);
  }
});
