import fc from 'fast-check';
import type { EuropeanOption } from '../blackScholes.ts';

const between = (min: number, max: number) =>
  fc.double({ min, max, noNaN: true, noDefaultInfinity: true });

/** Options as markets list them: strikes from half to twice the spot, an hour to three years, 3 % to 150 % of volatility. */
export const arbitraryOption: fc.Arbitrary<EuropeanOption> = fc
  .record({
    kind: fc.constantFrom('call', 'put'),
    spot: between(0.5, 10_000),
    moneyness: between(Math.log(0.5), Math.log(2)),
    years: between(1 / 8760, 3),
    rate: between(-0.02, 0.15),
    dividendYield: between(0, 0.1),
    volatility: between(0.03, 1.5),
  })
  .map(({ moneyness, ...option }) => ({ ...option, strike: option.spot * Math.exp(moneyness) }));
