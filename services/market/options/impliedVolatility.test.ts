import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type EuropeanOption, greeks, price } from './blackScholes.ts';
import { impliedVolatility, type NoVolatility } from './impliedVolatility.ts';
import { arbitraryOption } from './testing/arbitraryOption.ts';

const between = (min: number, max: number) =>
  fc.double({ min: Math.log(min), max: Math.log(max), noNaN: true }).map(Math.exp);
/** Also seconds before expiry, a volatility of a thousandth or of five, and strikes where nobody trades. */
const extremeOption: fc.Arbitrary<EuropeanOption> = fc.record(
  {
    kind: fc.constantFrom('call', 'put'),
    spot: between(0.01, 1e5),
    strike: fc.constant(1),
    years: between(1e-7, 30),
    rate: fc.double({ min: -0.02, max: 0.2, noNaN: true }),
    dividendYield: fc.double({ min: 0, max: 0.1, noNaN: true }),
    volatility: between(1e-3, 5),
  },
  { noNullPrototype: true },
);

test('the volatility of a price is that which made it, and the text book has the same', () => {
  const option = { kind: 'call', spot: 21, strike: 20, years: 0.25, rate: 0.1 } as const;
  const found = impliedVolatility({ ...option, dividendYield: 0 }, 1.875);
  assert.ok('volatility' in found && Math.abs(found.volatility - 0.2345) < 0.00005);
  fc.assert(
    fc.property(fc.oneof(arbitraryOption, extremeOption), (option) => {
      const found = impliedVolatility(option, price(option));
      if ('volatility' in found) {
        const away = Math.abs(found.volatility / option.volatility - 1);
        assert.ok(away <= 1e-9, `${found.volatility}, not ${option.volatility}: ${away}`);
      } else {
        assertWithoutInformation(option, found.refusal);
      }
    }),
    { numRuns: 5_000 },
  );
});

/** That a billionth of the volatility changes the price by no more than some of its last bits, or those of what it is made of. */
function assertWithoutInformation(option: EuropeanOption, refusal: NoVolatility): void {
  const { kind, spot, strike, years, rate, dividendYield, volatility } = option;
  const worth = price(option);
  const asset = spot * Math.exp(-dividendYield * years);
  const cash = strike * Math.exp(-rate * years);
  const isInMoney = kind === 'call' ? asset > cash : cash > asset;
  const size = isInMoney ? worth + asset + cash : worth;
  const change = greeks(option).vega * volatility * 1e-9;
  assert.ok(change <= 1e-15 * size + 1e-300 * spot, `${refusal}: ${change} of ${size}`);
}

test('a price that implies no volatility is refused, and the reason is said', () => {
  const option = { strike: 100, years: 0.5, rate: 0.04, dividendYield: 0.01 };
  const refusalOf = (change: Partial<EuropeanOption>, marketPrice: number) => {
    const found = impliedVolatility({ ...option, kind: 'call', spot: 120, ...change }, marketPrice);
    return 'refusal' in found ? found.refusal : undefined;
  };
  const intrinsic = price({ ...option, kind: 'call', spot: 120, volatility: 0 });
  const cases: [Partial<EuropeanOption>, number, NoVolatility | undefined][] = [
    [{}, 25, undefined],
    [{}, intrinsic, 'no-time-value'],
    [{}, intrinsic * (1 + 1e-14), 'imprecise'],
    // Bids below what the option is worth at once are seen on every market: they are not a volatility of 0.1 %.
    [{}, intrinsic - 0.01, 'below-intrinsic'],
    [{}, 0, 'below-intrinsic'],
    [{ spot: 80 }, 0, 'no-time-value'],
    [{ kind: 'put', spot: 80 }, 15, 'below-intrinsic'],
    [{}, 120, 'above-bound'],
    [{}, 120 * Math.exp(-0.01 * 0.5), 'above-bound'],
    [{ kind: 'put' }, 100, 'above-bound'],
    [{}, Number.POSITIVE_INFINITY, 'above-bound'],
    [{ years: 0 }, 20, 'expired'],
    [{}, -1, 'invalid'],
    [{}, Number.NaN, 'invalid'],
    [{ spot: Number.NaN }, 25, 'invalid'],
    [{ spot: 0 }, 25, 'invalid'],
    [{ strike: -100 }, 25, 'invalid'],
    [{ years: -0.5 }, 25, 'invalid'],
    [{ years: Number.NaN }, 25, 'invalid'],
    [{ years: Number.POSITIVE_INFINITY }, 25, 'invalid'],
    [{ rate: Number.NaN }, 25, 'invalid'],
    [{ dividendYield: Number.NEGATIVE_INFINITY }, 25, 'invalid'],
  ];
  for (const [change, marketPrice, expected] of cases) {
    const what = `${JSON.stringify(change)} at ${marketPrice}`;
    assert.equal(refusalOf(change, marketPrice), expected, what);
  }
});
