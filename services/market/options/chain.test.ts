import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { greeks, price } from './blackScholes.ts';
import { chainGreeks, chainPrices, chainVolatilities } from './chain.ts';
import { impliedVolatility, NO_VOLATILITY } from './impliedVolatility.ts';
import { arbitraryOption } from './testing/arbitraryOption.ts';

test('columns hold what the functions of one option give, strike by strike', () => {
  const strikeSteps = fc.array(fc.double({ min: 0.2, max: 3, noNaN: true }), {
    minLength: 1,
    maxLength: 20,
  });
  fc.assert(
    fc.property(arbitraryOption, strikeSteps, ({ kind: _, ...option }, steps) => {
      const strikes = Float64Array.from(steps, (step) => step * option.spot);
      const volatilities = Float64Array.from(steps, (step) => option.volatility * (1.5 - step / 3));
      const prices = chainPrices(option, strikes, volatilities);
      const found = chainGreeks(option, strikes, volatilities);
      for (const kind of ['call', 'put'] as const) {
        const implied = chainVolatilities(kind, option, strikes, prices[kind]);
        for (const [i, strike] of strikes.entries()) {
          const one = { ...option, kind, strike, volatility: volatilities[i] as number };
          assert.equal(prices[kind][i], price(one));
          const { delta, gamma, vega, theta, rho } = greeks(one);
          const columns = {
            delta: found[kind].delta[i] as number,
            gamma: found.gamma[i] as number,
            vega: found.vega[i] as number,
            theta: found[kind].theta[i] as number,
            rho: found[kind].rho[i] as number,
          };
          for (const [name, value] of Object.entries({ delta, gamma, vega, theta, rho })) {
            const column = columns[name as keyof typeof columns];
            const slack = 1e-13 * (1 + option.spot + strike) * (1 + option.years);
            assert.ok(Math.abs(column - value) <= slack, `${name} ${column}, not ${value}`);
          }
          const alone = impliedVolatility(one, prices[kind][i] as number);
          if ('refusal' in alone) {
            assert.ok(Number.isNaN(implied.volatility[i]));
            assert.equal(NO_VOLATILITY[(implied.refusal[i] as number) - 1], alone.refusal);
          } else {
            const away = Math.abs((implied.volatility[i] as number) / alone.volatility - 1);
            assert.ok(away < 1e-9, `volatility ${implied.volatility[i]}, not ${alone.volatility}`);
            assert.equal(implied.refusal[i], 0);
          }
        }
      }
    }),
  );
});

test('a price without a volatility spoils none of the strikes after it', () => {
  const terms = { spot: 100, years: 0.25, rate: 0.03, dividendYield: 0.01 };
  const strikes = Float64Array.of(80, 90, 100, 110, 120);
  const { call } = chainPrices(terms, strikes, new Float64Array(5).fill(0.2));
  call.set([1, Number.NaN, call[2] as number, 0, call[4] as number]);
  const { volatility, refusal } = chainVolatilities('call', terms, strikes, call);
  assert.deepEqual(
    Array.from(refusal, (reason) => NO_VOLATILITY[reason - 1]),
    ['below-intrinsic', 'invalid', undefined, 'no-time-value', undefined],
  );
  assert.deepEqual(
    Array.from(volatility, (value) => value.toFixed(12)),
    ['NaN', 'NaN', '0.200000000000', 'NaN', '0.200000000000'],
  );
});
