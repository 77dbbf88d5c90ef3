import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorReason, type RpcError, Status } from '@weft/mesh/runtime';
import fc from 'fast-check';
import { allocateMoney, assertCurrency, multiplyMoney, negateMoney, sumMoney } from './money.ts';

const money = (minorUnits: number, currencyCode = 'USD') => ({ currencyCode, minorUnits });

test('shares add up to what was split, and each is within a minor unit of its exact value', () => {
  const amounts = fc.maxSafeInteger();
  const weights = fc
    .array(fc.oneof(fc.nat(9), fc.maxSafeNat()), { minLength: 1, maxLength: 20 })
    .filter((all) => all.some((weight) => weight > 0));
  fc.assert(
    fc.property(amounts, weights, (amount, given) => {
      const shares = allocateMoney(money(amount), given);
      assert.equal(shares.length, given.length);
      assert.equal(sumMoney('USD', shares).minorUnits, amount);
      const total = given.reduce((sum, weight) => sum + BigInt(weight), 0n);
      for (const [index, { minorUnits }] of shares.entries()) {
        const exact = BigInt(amount) * BigInt(given[index] ?? 0);
        const away = BigInt(minorUnits) * total - exact;
        assert.ok((away < 0n ? -away : away) < total, `${minorUnits} of ${amount} by ${given}`);
      }
    }),
    { numRuns: 500 },
  );
});

test('ten in three parts are 3.34, 3.33 and 3.33; who has no weight gets nothing', () => {
  const split = (amount: number, weights: number[]) =>
    allocateMoney(money(amount), weights).map(({ minorUnits }) => minorUnits);
  assert.deepEqual(split(1000, [1, 1, 1]), [334, 333, 333]);
  assert.deepEqual(split(-1000, [1, 1, 1]), [-334, -333, -333]);
  assert.deepEqual(split(5, [0, 1, 0]), [0, 5, 0]);
  for (const weights of [[], [0, 0], [-1, 2], [0.5], [Number.NaN]]) {
    assert.throws(() => split(1, weights), TypeError);
  }
});

test('a rate is exact and its product is rounded once', () => {
  // 24.99 with a tax of 10.75 % and 6.44 for sending: 34.12.
  const taxed = multiplyMoney(money(2499), '1.1075');
  assert.equal(sumMoney('USD', [taxed, money(644)]).minorUnits, 3412);
  assert.equal(multiplyMoney(money(205), '0.1').minorUnits, 20);
  assert.equal(multiplyMoney(money(215), '0.1').minorUnits, 22);
  assert.equal(multiplyMoney(money(205), '0.1', 'half-away-from-zero').minorUnits, 21);
  assert.equal(multiplyMoney(money(-205), '0.1', 'half-away-from-zero').minorUnits, -21);
  assert.equal(multiplyMoney(money(201), '0.1', 'up').minorUnits, 21);
  assert.equal(multiplyMoney(money(209), '0.1', 'down').minorUnits, 20);
  assert.equal(
    multiplyMoney(money(Number.MAX_SAFE_INTEGER), '1').minorUnits,
    Number.MAX_SAFE_INTEGER,
  );
  for (const rate of ['', '1e3', '.5', '1.', ' 1', 'NaN', '0x1']) {
    assert.throws(() => multiplyMoney(money(1), rate), TypeError, rate);
  }
});

test('what cannot be counted exactly is an error, and not another amount', () => {
  const most = money(Number.MAX_SAFE_INTEGER);
  for (const beyond of [() => sumMoney('USD', [most, money(1)]), () => multiplyMoney(most, '2')]) {
    assert.throws(beyond, (error) => (error as RpcError).code === Status.OUT_OF_RANGE);
  }
});

test('currencies do not mix, and only those in use are taken', () => {
  assert.throws(() => sumMoney('USD', [money(1, 'EUR')]), TypeError);
  assert.deepEqual(sumMoney('EUR', []), money(0, 'EUR'));
  assert.deepEqual(negateMoney(money(0)), money(0));
  for (const code of ['EUR', 'JPY', 'KWD', 'MGA', 'CLF']) assertCurrency('price', money(1, code));
  for (const code of ['XYZ', 'DEM', 'EU', 'eur', '']) {
    assert.throws(
      () => assertCurrency('gift.price', money(1, code)),
      (error) =>
        errorReason(error) === 'CURRENCY_UNKNOWN' && /gift\.price\.currency/.test(`${error}`),
      code,
    );
  }
});
