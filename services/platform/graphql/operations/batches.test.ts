import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openShop } from '../testing/openShop.ts';

const LINES = `lines { quantity product { title } }`;

test('orders with the products of their lines cost one call for the orders and one for the products, however many there are', async () => {
  await using shop = await openShop();
  for (const pageSize of [1, 10, 30]) {
    shop.calls.length = 0;
    const query = `query ($n: Int) { listOrders(pageSize: $n) { orders { orderId ${LINES} } } }`;
    const { body } = await shop.ask(query, { n: pageSize });
    assert.equal(body.errors, undefined, JSON.stringify(body.errors));
    const { orders } = body.data.listOrders;
    assert.equal(orders.length, pageSize);
    assert.equal(orders[0].lines[2].product.title, 'Title of product-2');
    assert.deepEqual(shop.counts(), { ListOrders: 1, BatchGetProducts: 1 });
  }
  const { productIds } = shop.calls.at(-1)?.request ?? {};
  assert.equal(new Set(productIds).size, productIds.length, 'each id once');
});

test('other names for the same fields cost no more calls', async () => {
  await using shop = await openShop();
  const { body } = await shop.ask(`{
    one: listOrders(pageSize: 2) { orders { ${LINES} giftProduct { productId } } }
    two: listOrders(pageSize: 2) {
      orders { lines { a: product { title } b: product { productId } c: productId } }
    }
  }`);
  assert.equal(body.errors, undefined, JSON.stringify(body.errors));
  assert.deepEqual(body.data.two.orders[1].lines[0], {
    a: { title: 'Title of product-1' },
    b: { productId: 'product-1' },
    c: 'product-1',
  });
  assert.equal(body.data.one.orders[0].giftProduct.productId, 'product-9');
  assert.equal(body.data.one.orders[1].giftProduct, null);
  assert.deepEqual(shop.counts(), { ListOrders: 1, BatchGetProducts: 1 });
});

test('more resources than one call may ask for are asked for in as many as it takes', async () => {
  await using shop = await openShop({ orders: 150 });
  const { body } = await shop.ask(
    '{ listOrders(pageSize: 150) { orders { lines { product { productId } } } } }',
  );
  const { orders } = body.data.listOrders;
  assert.equal(orders[149].lines[2].product.productId, 'product-151');
  assert.deepEqual(shop.counts(), { ListOrders: 1, BatchGetProducts: 2 });
});

test('what is there no more is null and takes nothing else with it', async () => {
  await using shop = await openShop();
  const { body } = await shop.ask(
    '{ listOrders(pageSize: 3) { orders { categories { productId } buyer { name } } } }',
  );
  assert.equal(body.errors, undefined, JSON.stringify(body.errors));
  const [first, second] = body.data.listOrders.orders;
  assert.deepEqual(first.categories, [{ productId: 'product-1' }, null]);
  assert.deepEqual([first.buyer, second.buyer.name], [null, 'Name of buyer-1']);
  // Its service has no method for many: one call for each of the three.
  assert.deepEqual(shop.counts(), { ListOrders: 1, BatchGetProducts: 1, GetBuyer: 3 });
});

test('nothing that one operation has been answered is given to another', async () => {
  await using shop = await openShop();
  const query = '{ listOrders(pageSize: 1) { orders { lines { product { title } } } } }';
  await Promise.all([shop.ask(query), shop.ask(query)]);
  await shop.ask(query);
  assert.deepEqual(shop.counts(), { ListOrders: 3, BatchGetProducts: 3 });
});
