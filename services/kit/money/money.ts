import { RpcError, Status } from '@weft/mesh/runtime';
import type { Money } from '@weft/proto/weft/type/v1/money';
import {
  add as addDinero,
  type Dinero,
  type DineroCurrency,
  dinero,
  down,
  halfAwayFromZero,
  halfEven,
  multiply as multiplyDinero,
  toSnapshot,
  transformScale,
  up,
} from 'dinero.js/bigint';
import * as currencies from 'dinero.js/bigint/currencies';
import { invalidArgument } from '../invalidArgument.ts';
import { Reason } from '../Reason.ts';

/** How what is finer than a minor unit is rounded: to the even neighbour where both are as near, away from zero, up, down. */
export type Rounding = 'half-even' | 'half-away-from-zero' | 'up' | 'down';

const ROUNDINGS = {
  'half-even': halfEven,
  'half-away-from-zero': halfAwayFromZero,
  up,
  down,
} as const;

/** A number in decimal, such as "0.1075": exact, as a double is not. */
const DECIMAL = /^(-?)(\d{1,30})(?:\.(\d{1,30}))?$/;

const CODES: ReadonlySet<string> = new Set(Object.values(currencies).map(({ code }) => code));

/**
 * The sum of amounts of one currency.
 *
 * @param currencyCode ISO 4217; the sum of nothing is 0 of it.
 * @throws TypeError for an amount of another currency: money does not mix.
 * @throws RpcError OUT_OF_RANGE beyond 2^53 minor units.
 */
export function sumMoney(currencyCode: string, amounts: readonly Money[]): Money {
  let sum = dineroOf({ currencyCode, minorUnits: 0 });
  for (const amount of amounts) {
    if (amount.currencyCode !== currencyCode) {
      throw new TypeError(`${amount.currencyCode} cannot be added to ${currencyCode}`);
    }
    sum = addDinero(sum, dineroOf(amount));
  }
  return moneyOf(sum);
}

/** The same amount owed the other way. */
export function negateMoney({ currencyCode, minorUnits }: Money): Money {
  return { currencyCode, minorUnits: minorUnits === 0 ? 0 : -minorUnits };
}

/**
 * An amount times a rate, rounded once to whole minor units.
 *
 * @param rate In decimal, such as "0.1075" for a tax of 10.75 %.
 * @param rounding Default: "half-even".
 * @throws TypeError for what is no decimal number.
 * @throws RpcError OUT_OF_RANGE beyond 2^53 minor units.
 */
export function multiplyMoney(
  amount: Money,
  rate: string,
  rounding: Rounding = 'half-even',
): Money {
  const { digits, scale } = parseDecimal(rate);
  const product = multiplyDinero(dineroOf(amount), { amount: digits, scale });
  return moneyOf(transformScale(product, 0n, ROUNDINGS[rounding]));
}

/**
 * Splits an amount by weights, so that the shares add up to it and each is less than a minor unit from its exact value: what
 * is left after rounding towards zero goes to those with the largest remainders, the first of equals (Hamilton's method).
 *
 * @param weights Whole numbers from 0, not all 0; a weight of 0 gets nothing.
 * @throws TypeError for other weights.
 */
export function allocateMoney(
  { currencyCode, minorUnits }: Money,
  weights: readonly number[],
): Money[] {
  const isRight = (weight: number) => Number.isSafeInteger(weight) && weight >= 0;
  if (!weights.every(isRight) || !weights.some((weight) => weight > 0)) {
    throw new TypeError(`${weights.join(', ') || 'nothing'}: weights are whole numbers, not all 0`);
  }
  const total = weights.reduce((sum, weight) => sum + BigInt(weight), 0n);
  const size = BigInt(Math.abs(minorUnits));
  const shares = weights.map((weight, index) => {
    const exact = size * BigInt(weight);
    return { index, units: exact / total, remainder: exact % total };
  });
  let left = size - shares.reduce((sum, { units }) => sum + units, 0n);
  const byRemainder = shares.toSorted(
    (one, other) =>
      Number(other.remainder > one.remainder) - Number(other.remainder < one.remainder),
  );
  for (const share of byRemainder) {
    if (left === 0n) break;
    share.units += 1n;
    left -= 1n;
  }
  const sign = minorUnits < 0 ? -1 : 1;
  return shares.map(({ units }) => ({
    currencyCode,
    minorUnits: units === 0n ? 0 : sign * Number(units),
  }));
}

/**
 * Refuses money whose currency is none.
 *
 * @param field Path of the money in the request, such as "gift.price".
 * @throws RpcError INVALID_ARGUMENT, reason CURRENCY_UNKNOWN.
 */
export function assertCurrency(field: string, { currencyCode }: Money): void {
  if (CODES.has(currencyCode)) return;
  throw invalidArgument(
    `${field}.currency_code`,
    `${currencyCode} is no currency of ISO 4217 that is in use`,
    Reason.CURRENCY_UNKNOWN,
  );
}

function parseDecimal(text: string): { digits: bigint; scale: bigint } {
  const [, sign, whole = '', fraction = ''] = DECIMAL.exec(text) ?? [];
  if (sign === undefined) throw new TypeError(`"${text}" is no decimal number such as "0.1075"`);
  const digits = BigInt(whole + fraction);
  return { digits: sign === '-' ? -digits : digits, scale: BigInt(fraction.length) };
}

/** Counted in minor units, so that how many make a unit does not matter. */
function dineroOf({ currencyCode, minorUnits }: Money): Dinero<bigint> {
  const currency: DineroCurrency<bigint> = { code: currencyCode, base: 10n, exponent: 0n };
  return dinero({ amount: BigInt(minorUnits), currency });
}

function moneyOf(amount: Dinero<bigint>): Money {
  const { amount: units, currency } = toSnapshot(amount);
  const minorUnits = Number(units);
  if (Number.isSafeInteger(minorUnits)) return { currencyCode: currency.code, minorUnits };
  throw new RpcError(Status.OUT_OF_RANGE, `${units} minor units are more than can be counted`);
}
