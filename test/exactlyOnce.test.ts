import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { get } from './support/rest.ts';
import { TestMesh } from './support/TestMesh.ts';
import { waitFor } from './support/waitFor.ts';

const ROWS = 60_000;
let mesh: TestMesh;
let file: string;

before(async () => {
  mesh = await TestMesh.start();
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

test('the same file sent again adds nothing', async () => {
  const before = await summary('CALM');
  await mesh.replay(file, 'CALM');
  assert.deepEqual(await summary('CALM'), before);
});
