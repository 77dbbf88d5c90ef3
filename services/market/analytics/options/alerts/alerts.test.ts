import assert from 'node:assert/strict';
import { randomUUIDv7 } from 'node:crypto';
import { beforeEach, test } from 'node:test';
import { Contracts } from '@weft/mesh/contracts';
import { errorReason, RpcError, Status } from '@weft/mesh/runtime';
import { UserDeleted } from '@weft/proto/identity/v1/events';
import type { PriceAlert, PriceCondition } from '@weft/proto/market/v1/price_alert';
import { transact } from '../../../../kit/database/transact.ts';
import { Events } from '../../../../kit/events/Events.ts';
import { usePostgres } from '../../../../kit/testing/usePostgres.ts';
import { chainOf } from '../testing/chains.ts';
import { openOptionAnalytics, type TestOptionAnalytics } from '../testing/openOptionAnalytics.ts';
import { fireAlerts } from './fireAlerts.ts';

const postgres = usePostgres();
const contracts = Contracts.load();
const [ada, bob] = [randomUUIDv7(), randomUUIDv7()];
let opened: TestOptionAnalytics;
beforeEach(async (t) => {
  opened = await openOptionAnalytics(await postgres.createDatabase());
  (t as { after(hook: () => PromiseLike<void>): void }).after(() => opened[Symbol.asyncDispose]());
  await opened.tell(chainOf({ sequence: 1, price: 100 }));
});

type Condition = NonNullable<PriceCondition['condition']>;
const above = (value: number): Condition => ({ $case: 'above', value });
const below = (value: number): Condition => ({ $case: 'below', value });
const move = (percent: number, seconds: number): Condition => ({
  ...{ $case: 'move', value: { percent, window: { seconds, nanos: 0 } } },
});

async function create(condition: Condition, userId = ada, product = 'ALFA'): Promise<string> {
  const priceAlert = { product, condition: { condition }, userId: bob } as PriceAlert;
  const made = await opened.alerts.createPriceAlert({ priceAlert }, opened.context(userId));
  assert.equal(made.priceAlert?.userId, userId);
  return made.priceAlert?.priceAlertId ?? '';
}
const firedIds = async () => (await opened.fired()).map(({ priceAlertId }) => priceAlertId);
const list = async (userId: string) => {
  const page = { pageSize: 0, pageToken: '' };
  const { priceAlerts = [] } = await opened.alerts.listPriceAlerts(page, opened.context(userId));
  return priceAlerts as PriceAlert[];
};
const refused = (code: number, reason: string) => (error: unknown) => {
  assert.ok(error instanceof RpcError);
  assert.deepEqual([error.code, errorReason(error)], [code, reason]);
  return true;
};

test('an alert fires at the first price that meets it, which is told once, and never again', async () => {
  const [high, low, far] = [
    await create(above(105)),
    await create(below(95)),
    await create(above(200)),
  ];
  await opened.tell(
    chainOf({ sequence: 2, price: 104.99 }),
    chainOf({ sequence: 3, price: 95.01 }),
  );
  assert.deepEqual(await firedIds(), []);
  await opened.tell(chainOf({ sequence: 4, price: 105 }), chainOf({ sequence: 5, price: 106 }));
  await opened.tell(chainOf({ sequence: 6, price: 95 }), chainOf({ sequence: 7, price: 110 }));
  const fired = await opened.fired();
  assert.deepEqual(
    fired.map(({ priceAlertId, userId, price, sequence }) => [
      priceAlertId,
      userId,
      price,
      sequence,
    ]),
    [
      [high, ada, 105, 4],
      [low, ada, 95, 6],
    ],
  );
  assert.deepEqual(fired[0]?.condition, { condition: above(105) });
  const alerts = await list(ada);
  assert.deepEqual(
    alerts.map((alert) => [alert.priceAlertId, alert.fired?.price]),
    [
      [far, undefined],
      [low, 95],
      [high, 105],
    ],
  );
});

test('a move is told of from the lowest and the highest price of its window, and not of what was before that', async () => {
  const [minutes, hour] = [await create(move(5, 180)), await create(move(5, 3_600))];
  // A minute each: 100 at the first.
  const prices = [101, 102, 103, 104, 105.1];
  await opened.tell(...prices.map((price, i) => chainOf({ sequence: 2 + i, price })));
  const [first, ...others] = await opened.fired();
  assert.deepEqual([first?.priceAlertId, first?.price, first?.referencePrice], [hour, 105.1, 100]);
  assert.deepEqual(others, []);
  await opened.tell(chainOf({ sequence: 7, price: 99.8 }));
  const [, second] = await opened.fired();
  assert.deepEqual([second?.priceAlertId, second?.referencePrice], [minutes, 105.1]);
});

test('the same chain again, and an older one that comes late, fire nothing and take no newer one away', async () => {
  await opened.tell(chainOf({ sequence: 5, price: 100 }));
  await create(above(105));
  await opened.tell(chainOf({ sequence: 4, price: 120 }), chainOf({ sequence: 5, price: 120 }));
  assert.deepEqual(await firedIds(), []);
  const { chain } = await opened.client.getSkew({ product: 'ALFA' });
  assert.deepEqual([chain?.sequence, chain?.underlyingPrice], [5, 100]);
});

test('an undone transaction has told nobody, and its alert fires with the next try', async () => {
  const id = await create(above(105));
  const events = new Events({ contracts, service: 'analytics', onAdded: () => {} });
  const price = { product: 'ALFA', sequence: 2, marketUs: 1e15, price: 110 };
  const undone = transact(opened.database, async (transaction) => {
    assert.equal(await fireAlerts(transaction, events, price, new Date()), 1);
    throw new Error('undone');
  });
  await assert.rejects(undone, /undone/);
  assert.deepEqual(await firedIds(), []);
  await opened.tell(chainOf({ sequence: 2, price: 110 }));
  assert.deepEqual(await firedIds(), [id]);
});

test('alerts that are deleted while prices come have fired before, or never do', async () => {
  const ids: string[] = [];
  for (let i = 0; i < 40; i++) ids.push(await create(above(101 + (i % 4))));
  const deletes = ids.map((priceAlertId) =>
    opened.alerts.deletePriceAlert({ priceAlertId }, opened.context(ada)),
  );
  const prices = [101, 102, 103, 104].map((price, i) => chainOf({ sequence: 2 + i, price }));
  // Two who handle the same, as when one has been taken over from and does not know it.
  await Promise.all([...deletes, opened.tell(...prices), opened.tell(...prices)]);
  const fired = await firedIds();
  assert.equal(new Set(fired).size, fired.length);
  assert.ok(fired.every((id) => ids.includes(id)));
  assert.deepEqual(await list(ada), []);
  await opened.tell(chainOf({ sequence: 9, price: 200 }));
  assert.deepEqual(await firedIds(), fired);
});

test('alerts are their users own, and go with the account', async () => {
  const id = await create(above(105));
  await create(above(106), bob);
  const foreign = opened.context(bob);
  for (const call of ['getPriceAlert', 'deletePriceAlert'] as const) {
    const asked = async () => opened.alerts[call]({ priceAlertId: id }, foreign);
    await assert.rejects(asked, refused(Status.PERMISSION_DENIED, 'NOT_OWNER'));
  }
  assert.deepEqual(
    (await list(bob)).map(({ userId }) => userId),
    [bob],
  );
  const page = { pageSize: 0, pageToken: '' };
  const nobody = async () => opened.alerts.listPriceAlerts(page, opened.context());
  await assert.rejects(nobody, { code: Status.UNAUTHENTICATED });
  await opened.handle(UserDeleted.$type, UserDeleted.encode({ userId: ada }).finish());
  assert.deepEqual([(await list(ada)).length, (await list(bob)).length], [0, 1]);
});

test('the last place is taken once, and what has fired long ago makes room', async () => {
  await transact(opened.database, async (transaction) => {
    const created_at = opened.clock.now();
    const rows = Array.from({ length: 199 }, () => ({
      ...{ id: randomUUIDv7(), user_id: ada, product: 'ALFA', above: 500, created_at },
    }));
    await transaction.insertInto('price_alert').values(rows).execute();
  });
  const both = await Promise.allSettled([create(above(600)), create(above(700))]);
  assert.deepEqual(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  await assert.rejects(
    create(above(1_000)),
    refused(Status.FAILED_PRECONDITION, 'ALERTS_TOO_MANY'),
  );
  await opened.tell(chainOf({ sequence: 2, price: 800 }));
  await create(above(1_000));
  assert.equal((await list(ada)).length, 100);
  opened.clock.set(new Date(Date.now() + 31 * 24 * 60 * 60_000));
  await create(above(2_000));
  assert.equal((await list(ada)).length, 2);
});

test('an alert on a product that there is not, and of part of a second, is refused', async () => {
  await assert.rejects(create(above(1), ada, 'NONE'), refused(Status.NOT_FOUND, 'PRODUCT_UNKNOWN'));
  const window = { seconds: 60, nanos: 5 };
  await assert.rejects(create({ $case: 'move', value: { percent: 1, window } }), {
    code: Status.INVALID_ARGUMENT,
  });
});
