import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client } from '../../services/platform/sockets/testing/Client.ts';
import { followPage } from '../support/followPage.ts';
import { get } from '../support/rest.ts';
import { TestMesh } from '../support/TestMesh.ts';
import { waitFor } from '../support/waitFor.ts';

let mesh: TestMesh;
before(async () => {
  mesh = await TestMesh.start({ only: ['feed', 'history', 'sockets'] });
});
after(() => mesh?.stop());

test('who follows docs/options.md finds products and chains, and is refused by name what is not there', async () => {
  const calls = await followPage(mesh, 'docs/options.md');
  assert.ok(calls.length > 8);
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
