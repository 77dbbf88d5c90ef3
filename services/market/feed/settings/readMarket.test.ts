import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { marketJson, productJson } from '../testing/testMarket.ts';
import { readMarket } from './readMarket.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weft-market-'));
});
after(() => rm(folder, { recursive: true }));

async function refusal(text: string): Promise<string> {
  const file = join(folder, 'market.json');
  await writeFile(file, text);
  let message = '';
  await assert.rejects(readMarket(file), (error: Error) => {
    message = error.message;
    return error.name === 'ConfigError';
  });
  assert.ok(message.includes(file));
  return message;
}

test('the market that is there without a file of one’s own is one', async () => {
  const { products } = await readMarket(fileURLToPath(new URL('../market.json', import.meta.url)));
  assert.deepEqual(products.map(({ symbol }) => symbol).sort(), ['LOOM', 'SILK', 'WEFT']);
});

test('a market that nobody could make is refused, and what of it is wrong is named', async () => {
  const smile = productJson().smile;
  for (const [more, expected] of [
    [{ volatility: -0.2 }, 'products[0].volatility'],
    [{ volatility: 'NaN' }, 'products[0].volatility'],
    [{ initialPrice: 0 }, 'products[0].initialPrice'],
    [{ tickSize: 0.03 }, 'products[0].tickSize'],
    [{ symbol: 'alfa' }, 'products[0].symbol'],
    [{ smile: { ...smile, curvature: 3 } }, 'the smile has arbitrage'],
    [{ hours: { ...productJson().hours, zone: 'Mars/Olympus' } }, 'products[0].hours.zone'],
    [{ hours: { ...productJson().hours, close: '09:00' } }, 'products[0].hours'],
    [{ expiries: { weekly: 2, monthly: 0 } }, 'products[0].expiries.monthly'],
    [{ colour: 'red' }, 'colour'],
  ] as const) {
    const message = await refusal(JSON.stringify(marketJson({ products: [productJson(more)] })));
    assert.ok(message.includes(expected), `${expected}: ${message}`);
  }
  const twice = marketJson({ products: [productJson(), productJson()] });
  assert.match(await refusal(JSON.stringify(twice)), /symbols that differ/);
  assert.match(await refusal(JSON.stringify(marketJson({ start: '2026-02-30' }))), /start/);
  assert.match(await refusal('{'), /cannot be read/);
});
