import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type EuropeanOption, greeks, type OptionKind, price } from './blackScholes.ts';
import { arbitraryOption } from './testing/arbitraryOption.ts';

type Case = [OptionKind, number, number, number, number, number, number];

function optionOf([kind, spot, strike, years, rate, dividendYield, volatility]: Case) {
  return { kind, spot, strike, years, rate, dividendYield, volatility };
}

function near(actual: number, expected: number, tolerance: number, what = ''): void {
  const away = Math.abs(actual - expected);
  assert.ok(away <= tolerance, `${what} ${actual}, not ${expected}: ${away} away`);
}

test('prices and greeks are those that text books have', () => {
  // Hull: stock at 42, strike 40, 10 %, 20 %, six months.
  near(price(optionOf(['call', 42, 40, 0.5, 0.1, 0, 0.2])), 4.76, 0.005);
  near(price(optionOf(['put', 42, 40, 0.5, 0.1, 0, 0.2])), 0.81, 0.005);
  // Haug: 60, 65, three months, 8 %, 30 %.
  near(price(optionOf(['call', 60, 65, 0.25, 0.08, 0, 0.3])), 2.1334, 0.00005);
  // Hull: 49, 50, 5 %, 20 %, twenty weeks.
  const found = greeks(optionOf(['call', 49, 50, 20 / 52, 0.05, 0, 0.2]));
  near(found.delta, 0.522, 0.0005);
  near(found.gamma, 0.066, 0.0005);
  near(found.vega, 12.1, 0.05);
  near(found.theta, -4.31, 0.005);
  near(found.rho, 8.91, 0.005);
});

test('prices have their digits also a minute before expiry, and where they are a quintillionth', () => {
  // By mpmath with 60 digits.
  const known: [...Case, number][] = [
    ['call', 100, 100, 0.25, 0.05, 0.02, 0.2, 4.335885616361571],
    ['put', 100, 100, 0.25, 0.05, 0.02, 0.2, 3.592417746481482],
    ['call', 100, 300, 0.25, 0.05, 0, 0.2, 1.3746232109070333e-27],
    ['put', 100, 20, 0.1, 0.05, 0, 0.3, 7.492946224769748e-66],
    ['call', 100, 250, 0.1, 0.01, 0, 0.25, 2.843732726484542e-31],
    ['call', 6850, 6850, 1 / 525_600, 0.04, 0.013, 0.12, 0.45250470348121224],
    ['put', 100, 100, 1e-8, 0, 0, 0.01, 3.989422804014161e-5],
    ['call', 100, 1, 2, 0.03, 0.01, 0.5, 97.07810279711488],
    ['put', 1, 100, 2, 0.03, 0.01, 0.5, 93.19625468516905],
    ['call', 50, 50, 30, 0.08, 0, 1.5, 49.99942156377678],
    ['call', 100, 110, 1, -0.005, 0.03, 3, 83.21362431188935],
  ];
  for (const [...given] of known) {
    const expected = given.pop() as number;
    near(price(optionOf(given as unknown as Case)), expected, expected * 3e-12, String(given));
  }
});

test('call and put differ by the forward, and both lie between their bounds', () => {
  fc.assert(
    fc.property(arbitraryOption, (option) => {
      const call = price({ ...option, kind: 'call' });
      const put = price({ ...option, kind: 'put' });
      const asset = option.spot * Math.exp(-option.dividendYield * option.years);
      const cash = option.strike * Math.exp(-option.rate * option.years);
      near(call - put, asset - cash, 1e-14 * (asset + cash));
      assert.ok(call >= Math.max(asset - cash, 0) && call <= asset, `call ${call}`);
      assert.ok(put >= Math.max(cash - asset, 0) && put <= cash, `put ${put}`);
    }),
    { numRuns: 1_000 },
  );
});

test('over strikes, calls fall and puts rise, no faster than cash, and both are convex', () => {
  const step = fc.double({ min: 1.001, max: 1.5, noNaN: true });
  fc.assert(
    fc.property(arbitraryOption, step, step, (option, up, upAgain) => {
      const strikes = [option.strike, option.strike * up, option.strike * up * upAgain] as const;
      const [low, middle, high] = strikes;
      const slack = 1e-13 * (option.spot + high);
      for (const kind of ['call', 'put'] as const) {
        const of = (strike: number) => price({ ...option, kind, strike });
        const sign = kind === 'call' ? -1 : 1;
        const rise = sign * (of(high) - of(low));
        const most = (high - low) * Math.exp(-option.rate * option.years);
        assert.ok(rise >= -slack && rise <= most + slack, `${kind} ${rise} of ${most}`);
        const between = (of(low) * (high - middle) + of(high) * (middle - low)) / (high - low);
        assert.ok(of(middle) <= between + slack, `${kind} ${of(middle)} above ${between}`);
      }
    }),
    { numRuns: 1_000 },
  );
});

test('greeks are what the price does when its inputs move', () => {
  /** Four points about the place, so that the error is of the step's fourth power. */
  const slope = (of: (shift: number) => number, step: number) =>
    (8 * (of(step) - of(-step)) - (of(2 * step) - of(-2 * step))) / (12 * step);
  fc.assert(
    fc.property(arbitraryOption, (option) => {
      const { spot, years, volatility } = option;
      const deviation = volatility * Math.sqrt(years);
      const found = greeks(option);
      const moved = (name: keyof EuropeanOption, step: number) =>
        slope((shift) => price({ ...option, [name]: (option[name] as number) + shift }), step);
      const h = 0.02 * Math.min(deviation, 1);
      const size = spot + option.strike;
      near(found.delta, moved('spot', spot * h), 1e-6 + 1e-13 / h, 'delta');
      const delta = (shift: number) => greeks({ ...option, spot: spot + shift }).delta;
      near(
        found.gamma * spot,
        slope(delta, spot * h) * spot,
        (1e-5 + 1e-12 / h) / deviation,
        'gamma',
      );
      near(found.vega, moved('volatility', volatility * 0.01), size * 1e-6, 'vega');
      const theta = -moved('years', years * 0.01);
      near(found.theta * years, theta * years, size * 1e-6, 'theta');
      near(found.rho, moved('rate', 1e-3), size * (1 + years) ** 2 * 1e-5, 'rho');
    }),
    { numRuns: 1_000 },
  );
});

test('at expiry and without volatility the price is the intrinsic value, and greeks are numbers', () => {
  for (const [spot, callDelta] of [
    [110, 1],
    [100, 0.5],
    [90, 0],
  ] as const) {
    for (const ended of [{ years: 0 }, { volatility: 0 }]) {
      const option = { ...optionOf(['call', spot, 100, 0.5, 0, 0, 0.3]), ...ended };
      const put = { ...option, kind: 'put' as const };
      assert.equal(price(option), Math.max(spot - 100, 0));
      assert.equal(price(put), Math.max(100 - spot, 0));
      near(greeks(option).delta, callDelta, 0);
      near(greeks(put).delta, callDelta - 1, 0);
      const { gamma, vega, theta, rho } = greeks(option);
      assert.deepEqual({ gamma, vega, theta: Math.abs(theta) }, { gamma: 0, vega: 0, theta: 0 });
      assert.ok(Number.isFinite(rho));
    }
  }
});

test('what is no option is refused by the name of what is wrong', () => {
  const option = optionOf(['call', 100, 100, 0.5, 0.05, 0, 0.2]);
  const wrong: [keyof EuropeanOption, number[]][] = [
    ['spot', [0, -1, Number.NaN, Number.POSITIVE_INFINITY]],
    ['strike', [0, -1, Number.NaN, Number.POSITIVE_INFINITY]],
    ['years', [-1e-9, Number.NaN, Number.POSITIVE_INFINITY]],
    ['volatility', [-0.2, Number.NaN, Number.POSITIVE_INFINITY]],
    ['rate', [Number.NaN, Number.NEGATIVE_INFINITY]],
    ['dividendYield', [Number.NaN, Number.POSITIVE_INFINITY]],
  ];
  for (const [name, values] of wrong) {
    for (const value of values) {
      const given = { ...option, [name]: value };
      assert.throws(() => price(given), new RegExp(`RangeError: ${name}`), `${name} ${value}`);
      assert.throws(() => greeks(given), new RegExp(`RangeError: ${name}`), `${name} ${value}`);
    }
  }
  assert.throws(() => price({ ...option, kind: 'straddle' as OptionKind }), /kind/);
});
