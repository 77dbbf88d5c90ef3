import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { clone } from '../../mesh/local/index.ts';
import { Client } from '../../services/platform/sockets/testing/Client.ts';
import { ChromiumPage } from '../support/ChromiumPage.ts';
import { findChromium } from '../support/chromium.ts';
import { followPage } from '../support/followPage.ts';
import { get, serverSentEvents } from '../support/rest.ts';
import { TestMesh } from '../support/TestMesh.ts';
import { waitFor } from '../support/waitFor.ts';

let mesh: TestMesh;
before(async () => {
  mesh = await TestMesh.start({ only: ['feed', 'enricher', 'history', 'sockets'] });
});
after(() => mesh?.stop());

test('who follows docs/options.md finds products and chains, and is refused by name what is not there', async () => {
  const calls = await followPage(mesh, 'docs/options.md');
  assert.ok(calls.length > 16);
});

test('who follows docs/options-analytics.md reads surfaces, and is refused by name what is not there', async () => {
  const calls = await followPage(mesh, 'docs/options-analytics.md');
  assert.ok(calls.length > 8);
});

test('who follows docs/history.md finds what the market was, by each path, and as files', async () => {
  const calls = await followPage(mesh, 'docs/history.md');
  assert.ok(calls.length > 20);
});

test('who joins the room of a chain is told each newer one, over the death of who makes it', async () => {
  using client = await waitFor('the edge to let sockets through', () => Client.open(mesh.edge));
  const joined = await client.join('chain:WEFT');
  assert.equal(joined.error, undefined);
  const none = await client.join('chain:NONE');
  assert.deepEqual([none.error?.code, none.error?.reason], ['NOT_FOUND', 'PRODUCT_UNKNOWN']);
  const sequences = () =>
    client.told.map(({ event, payload }) => {
      assert.equal(event, 'chain:updated');
      return Number((payload.chain as { sequence: string }).sequence);
    });
  await waitFor('two chains', () => sequences().length >= 2);
  await mesh.kill('feed');
  const before = sequences().length;
  await waitFor('chains after the death of the feed', () => sequences().length > before + 2);
  const told = sequences();
  assert.deepEqual(
    told,
    [...new Set(told)].sort((one, other) => one - other),
  );
});

test('who joins the room of a product is told what its chains amount to', async () => {
  using client = await waitFor('the edge to let sockets through', () => Client.open(mesh.edge));
  const joined = await client.join('product:SILK');
  assert.equal(joined.error, undefined);
  await waitFor('two enrichments', () => client.told.length >= 2);
  let last = 0;
  for (const { event, payload } of client.told) {
    assert.equal(event, 'product:updated');
    const { product, sequence, bars } = payload.enrichment as Record<string, unknown>;
    assert.equal(product, 'SILK');
    assert.equal((bars as unknown[]).length >= 4, true);
    assert.ok(Number(sequence) > last);
    last = Number(sequence);
  }
});

test('a list of products comes in pages, and a token of another list is refused', async () => {
  const first = await get(`${mesh.edge}/v1/products?pageSize=2`);
  assert.equal(first.body.products.length, 2);
  const token = encodeURIComponent(first.body.nextPageToken);
  const second = await get(`${mesh.edge}/v1/products?pageSize=2&pageToken=${token}`);
  assert.deepEqual(
    second.body.products.map(({ symbol }: { symbol: string }) => symbol),
    ['WEFT'],
  );
  assert.equal(second.body.nextPageToken, '');
  assert.equal((await get(`${mesh.edge}/v1/assets?pageToken=${token}`)).status, 400);
});

test('each price of an underlying counts once in analytics, over the deaths of the feed and of analytics', async () => {
  using client = await waitFor('the edge to let sockets through', () => Client.open(mesh.edge));
  // Of a product that no other test looks at.
  assert.equal((await client.join('chain:LOOM')).error, undefined);
  const chainAt = (time: string) =>
    client.told
      .map(({ payload }) => payload.chain as Readonly<Record<string, string>>)
      .find(({ marketTime }) => marketTime === time);
  const assertCounts = async () => {
    const before = client.told.length;
    await waitFor('the summary of a chain that was told', async () => {
      const { body } = await get(`${mesh.edge}/v1/assets/LOOM/summary`);
      const { count, last, toTime } = body.summary ?? {};
      const chain = client.told.length > before + 1 && chainAt(toTime);
      if (!chain) throw new Error(JSON.stringify(body));
      assert.deepEqual([count, last], [chain.sequence, chain.underlyingPrice]);
      return true;
    });
  };
  await assertCounts();
  await mesh.kill('feed');
  await assertCounts();
  await mesh.kill('analytics');
  await assertCounts();
});

test('a plain program that loads market.proto sends to analytics; what fails is said, and it goes on', async () => {
  await mesh.setIntention('plain', 'analytics', 'allow');
  const sender = execa(
    join(clone, 'node_modules/.bin/weft'),
    [
      ...['exec', '--service', 'plain', '--client', '--'],
      ...[process.execPath, join(clone, 'examples/javascript/sendMarketData.js')],
    ],
    {
      env: mesh.environment,
      input:
        'PLAIN 10.5 1700000000000\nPLAIN -3\nPLAIN 11\nPLAIN nothing\nPLAIN 12 1800000000000000\nPLAIN 9 1700000001500\n',
    },
  );
  const { stdout, stderr } = await sender;
  assert.match(stdout, /PLAIN 10\.5 1700000000000: taken/);
  assert.match(stdout, /PLAIN 11: taken\n.*PLAIN 9 1700000001500: taken/s);
  assert.match(stderr, /PLAIN -3: 3 INVALID_ARGUMENT: .*price/);
  assert.match(stderr, /PLAIN nothing: 3 INVALID_ARGUMENT: .*price/);
  assert.match(stderr, /PLAIN 12 1800000000000000: 3 INVALID_ARGUMENT: .*future/);
  const { body } = await get(`${mesh.edge}/v1/assets/PLAIN/summary`);
  const { count, first, high, low, last, fromTime } = body.summary;
  assert.deepEqual(
    { count, first, high, low, last, fromTime },
    { count: '3', first: 10.5, high: 11, low: 9, last: 11, fromTime: '2023-11-14T22:13:20Z' },
  );
});

test('the page in Chromium shows the chain as it moves, refuses nothing of itself, and goes on over the death of the feed', async (t) => {
  const chromium = await findChromium();
  if (!chromium) return t.skip('no chromium on PATH, nor in WEFT_CHROMIUM_BIN');
  await waitFor('the page', async () => (await fetch(`${mesh.edge}/market`)).ok);
  const told = new Map<string, Chain>();
  const stop = new AbortController();
  t.after(() => stop.abort());
  void hearChains(told, stop.signal);
  const url = `${mesh.edge}/market?product=SILK`;
  await using page = await ChromiumPage.open(chromium, join(mesh.home, 'chromium'), url);
  const assertShown = async () => {
    const before = (await page.evaluate<string>(SHOWN).catch(() => undefined)) ?? '{}';
    await waitFor('a later chain on the page', async () => {
      const shown = await page.evaluate<string>(SHOWN);
      const { sequence, state, price, expiry, rows } = JSON.parse(shown);
      const chain = told.get(sequence);
      if (
        !chain ||
        state !== 'Live' ||
        Number(sequence) <= Number(JSON.parse(before).sequence ?? 0)
      ) {
        throw new Error(`${shown.slice(0, 200)} ${page.complaints}`);
      }
      const { strike, calls, puts } = chain.expiries.find(
        (each) => each.expiry === expiry,
      ) as Expiry;
      const written = (figure: number) => (figure === 0 ? '–' : figure.toFixed(2));
      assert.equal(price, chain.underlyingPrice.toFixed(2));
      assert.deepEqual(
        rows,
        strike.map((each, at) => [
          each.toFixed(2),
          ...[written(calls.bid[at] ?? 0), (calls.ask[at] ?? 0).toFixed(2)],
          ...[written(puts.bid[at] ?? 0), (puts.ask[at] ?? 0).toFixed(2)],
        ]),
      );
      return true;
    });
  };
  await assertShown();
  // By the keyboard to another expiry.
  await page.evaluate("document.querySelector('[role=tab][aria-selected=true]').focus()");
  const key = { key: 'ArrowRight', code: 'ArrowRight', windowsVirtualKeyCode: 39 };
  await page.call('Input.dispatchKeyEvent', { type: 'keyDown', ...key });
  await page.call('Input.dispatchKeyEvent', { type: 'keyUp', ...key });
  await page.evaluate('window.sameVisit = true');
  await assertShown();
  assert.equal(
    await page.evaluate(
      "[...document.querySelectorAll('[role=tab]')].findIndex((tab) => tab.ariaSelected === 'true')",
    ),
    1,
  );
  await mesh.kill('feed');
  await assertShown();
  assert.equal(await page.evaluate('window.sameVisit'), true);
  assert.deepEqual(page.complaints, []);
});

/** What is on the page, as a reader sees it. */
const SHOWN = `JSON.stringify({
  sequence: document.getElementById('chain').dataset.sequence,
  state: document.getElementById('state').textContent,
  price: document.getElementById('price').textContent.replaceAll(',', ''),
  expiry: document.querySelector('[role=tab][aria-selected=true]')?.textContent,
  rows: [...document.querySelectorAll('#strikes tr')].map(({ cells }) =>
    [6, 4, 5, 10, 11].map((at) => cells[at].textContent.replaceAll(',', ''))),
})`;

interface Quotes {
  readonly bid: readonly number[];
  readonly ask: readonly number[];
}
interface Expiry {
  readonly expiry: string;
  readonly strike: readonly number[];
  readonly calls: Quotes;
  readonly puts: Quotes;
}
interface Chain {
  readonly sequence: string;
  readonly underlyingPrice: number;
  readonly expiries: readonly Expiry[];
}

/** Hears of each chain by itself, and connects again when the feed dies. */
async function hearChains(told: Map<string, Chain>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const url = `${mesh.edge}/v1/products/SILK/chain:watch`;
      for await (const said of serverSentEvents(url, signal)) {
        const { chain } = said as { readonly chain?: Chain };
        if (chain) told.set(chain.sequence, chain);
      }
    } catch {
      await sleep(100, undefined, { signal }).catch(() => {});
    }
  }
}
