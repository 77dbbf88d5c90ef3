import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { get, post, serverSentEvents } from '../support/rest.ts';
import { Sharded } from '../support/Sharded.ts';
import { TestMesh } from '../support/TestMesh.ts';
import { waitFor } from '../support/waitFor.ts';

const ROWS = 60_000;
let mesh: TestMesh;
let file: string;

before(async () => {
  mesh = await TestMesh.start({ only: ['trading'] });
  file = join(mesh.home, 'ticks.csv');
  const lines = ['time,price,size'];
  // Prices and sizes whose sums depend on their order: a repeated, lost or moved tick shows.
  for (let row = 0; row < ROWS; row++) {
    const time = new Date(Date.UTC(2024, 0, 1) + row * 1_000).toISOString();
    lines.push(
      `${time},${(100 + Math.sin(row) * 3.7).toFixed(7)},${(1 + (row % 97) / 7).toFixed(7)}`,
    );
  }
  writeFileSync(file, lines.join('\n'));
});
after(() => mesh?.stop());

async function summary(symbol: string) {
  const { status, body } = await get(`${mesh.edge}/v1/assets/${symbol}/summary`);
  return status === 200 ? body.summary : undefined;
}

/** Replays the file at a pace that leaves time to kill something, and kills it half-way. */
async function replayAndKill(symbol: string, program: string | undefined) {
  const done = mesh.replay(file, symbol, program ? { rate: 15_000 } : {});
  if (program) {
    await waitFor(
      `${symbol} half-way`,
      async () => Number((await summary(symbol))?.count ?? 0) > ROWS / 4,
    );
    await mesh.kill(program);
    const count = Number((await summary(symbol))?.count ?? 0);
    assert.ok(count < ROWS, 'the replay was over before the kill: nothing was shown');
  }
  await done;
  return await waitFor(`${symbol} complete`, async () => {
    const figures = await summary(symbol);
    return Number(figures?.count) >= ROWS && figures;
  });
}

function withoutSymbol({ assetSymbol: _, ...figures }: { assetSymbol: string }) {
  return figures;
}

test('what is killed in mid-replay changes no figure', async (t) => {
  const undisturbed = await replayAndKill('CALM', undefined);
  assert.equal(Number(undisturbed.count), ROWS);
  for (const program of ['analytics', 'trading', 'control']) {
    await t.test(`kill -9 of ${program}`, async () => {
      const figures = await replayAndKill(program.toUpperCase(), program);
      assert.deepEqual(withoutSymbol(figures), withoutSymbol(undisturbed));
    });
  }
});

test('what is killed leaves what Node has compiled to its next start', () => {
  assert.notDeepEqual(readdirSync(join(mesh.home, 'compile-cache'), { recursive: true }), []);
});

test('the same file sent again adds nothing', async () => {
  const before = await summary('CALM');
  await mesh.replay(file, 'CALM');
  assert.deepEqual(await summary('CALM'), before);
});

test('two instances share a database, each keeps its own symbols, and one takes over from the other', async (t) => {
  const sharded = await Sharded.start(mesh);
  const read = async (symbol: string) => {
    const { status, body } = await get(`${mesh.edge}/v1/assets/${symbol}/summary`);
    return status === 200 ? Number(body.summary.count) : -status;
  };
  const send = (symbol: string) => {
    const tick = { assetSymbol: symbol, price: 1, timestamp: '2024-01-01T00:00:00Z' };
    return post(`${mesh.edge}/v1/market-data`, JSON.stringify(tick));
  };
  // Until the ring has reached the edge, a symbol may be read where it was not sent to.
  let round = 0;
  const keepers = await waitFor(
    'each symbol to be at one instance, and both to have some',
    async () => {
      round += 1;
      const symbols = Array.from({ length: 6 }, (_, at) => `ROUND${round}-${at}`);
      for (const symbol of symbols) assert.equal((await send(symbol)).status, 200);
      for (const symbol of symbols) {
        for (let again = 0; again < 4; again += 1) assert.equal(await read(symbol), 1, symbol);
      }
      const found = await sharded.keepers(symbols);
      for (const [symbol, keeping] of found) assert.equal(keeping.length, 1, symbol);
      return new Set([...found.values()].flat()).size === 2 && found;
    },
  );
  const symbols = [...keepers.keys()];

  await t.test('a watcher is where the ticks of its symbol arrive', async () => {
    for (const symbol of symbols) {
      const end = new AbortController();
      const url = `${mesh.edge}/v1/assets/${symbol}:watch`;
      const counts: number[] = [];
      for await (const event of serverSentEvents(url, end.signal)) {
        const { summary: figures } = event as { summary: { count: string } };
        counts.push(Number(figures.count));
        if (counts.length > 1) break;
        assert.equal((await send(symbol)).status, 200);
      }
      end.abort();
      assert.deepEqual(counts, [1, 2], symbol);
    }
  });

  await t.test('trading sends each of its feeds to one instance', async () => {
    const short = join(mesh.home, 'short.csv');
    writeFileSync(short, 'time,price,size\n2024-01-01T00:00:00Z,1,1\n2024-01-01T00:00:01Z,2,1\n');
    const feeds = ['FEED-A', 'FEED-B', 'FEED-C'];
    for (const symbol of feeds) {
      await mesh.replay(short, symbol);
      assert.equal(await read(symbol), 2, symbol);
    }
    for (const [symbol, keeping] of await sharded.keepers(feeds)) {
      assert.equal(keeping.length, 1, symbol);
    }
  });

  await t.test('nothing is lost or counted twice when symbols move', async () => {
    await sharded.stopSecond();
    const answers: number[] = [];
    for (const symbol of symbols) {
      // What another instance has written makes this one read the database again: once, for all symbols.
      const sent = await waitFor(`${symbol} to be taken`, async () => {
        const { status } = await send(symbol);
        answers.push(status);
        assert.ok(status === 200 || status === 503, `${symbol}: ${status}`);
        return status === 200;
      });
      assert.ok(sent);
      assert.equal(await read(symbol), 3, symbol);
    }
    t.diagnostic(`answers while symbols moved: ${answers.join(', ')}`);
    assert.ok(answers.includes(503), 'no symbol has moved: nothing was shown');
  });
});
