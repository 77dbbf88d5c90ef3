import { z } from 'zod';
import { isZone } from '../../../kit/zoned.ts';
import { checkedSmile, type Smile } from '../../options/smile.ts';

const share = (most: number) => z.number().min(-most).max(most);
const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time such as "09:30"');
const zone = z.string().refine(isZone, 'must be an IANA zone such as "America/New_York"');

const hours = z
  .strictObject({
    zone,
    open: time,
    close: time,
    /** On the days before some holidays. Default: as `close`. */
    earlyClose: time.optional(),
    holidays: z.enum(['new_york', 'target', 'none']),
  })
  .transform((given) => ({ ...given, earlyClose: given.earlyClose ?? given.close }))
  .refine(
    ({ open, close, earlyClose }) => open < earlyClose && earlyClose <= close,
    'open, earlyClose and close must come after each other, on one day',
  );

const product = z.strictObject({
  /** Also the root of its options' OCC symbols. */
  symbol: z.string().regex(/^[A-Z][A-Z0-9]{0,5}$/, 'must be 1 to 6 capital letters and digits'),
  kind: z.enum(['index', 'share']),
  name: z.string().min(1).max(100),
  currency: z.string().regex(/^[A-Z]{3}$/, 'must be a code of ISO 4217'),
  multiplier: z.int().min(1).max(1_000_000),
  hours,
  /** The same seed makes the same market. */
  seed: z.int().min(0).max(Number.MAX_SAFE_INTEGER),
  initialPrice: z.number().min(0.01).max(1_000_000),
  /** Of the underlying's price, a year, as a fraction; `volatility`, `rate` and `dividendYield` likewise. */
  drift: share(2),
  volatility: z.number().positive().max(3),
  rate: share(1),
  dividendYield: share(1),
  /** What the volatilities that options are priced by depend on: see options/smile.ts. */
  smile: z
    .strictObject({
      shortVolatility: z.number(),
      longVolatility: z.number(),
      reversion: z.number(),
      skew: z.number(),
      curvature: z.number(),
    })
    .superRefine((smile, { addIssue }) => {
      const refusal = refusalOf(smile);
      if (refusal) addIssue(refusal);
    }),
  /** Step of bids and asks: a whole part of 1, such as 0.05. */
  tickSize: z
    .number()
    .min(0.0001)
    .max(1)
    .refine(
      (tick) => Math.abs(1 / tick - Math.round(1 / tick)) < 1e-9,
      'must be a whole part of 1',
    ),
  /** Between bid and ask, as a fraction of the price; it is a tick at least. */
  spread: z.number().min(0).max(1),
  expiries: z.strictObject({ weekly: z.int().min(0).max(12), monthly: z.int().min(1).max(18) }),
  /** Strikes that are listed on each side of the money when a session begins. */
  strikesEachSide: z.int().min(1).max(100),
  /** Between two strikes, as a fraction of the price; it is rounded to 1, 2.5 or 5 times a power of ten. */
  strikeStep: z.number().min(0.001).max(0.5),
  /** Contracts of all options that are traded on a usual day. */
  contractsPerDay: z.int().min(0).max(100_000_000),
  /** Units of the underlying that are traded on a usual day. Default 0: an index is not. */
  unitsPerDay: z.int().min(0).max(1_000_000_000_000).default(0),
});

/** What market is made. Unknown keys are refused. */
export const marketSchema = z.strictObject({
  /** The day of its first session, such as "2000-01-03". */
  start: z.iso.date(),
  /** Seconds of the market's clock between two updates of a chain. */
  stepSeconds: z.number().min(0.001).max(86_400),
  /** Seconds of the market's clock in a second, within sessions. It never runs ahead of the real one. */
  timeFactor: z.number().positive().max(1e9),
  products: z
    .array(product)
    .min(1)
    .max(500)
    .refine(
      (products) => new Set(products.map(({ symbol }) => symbol)).size === products.length,
      'must have symbols that differ',
    ),
});

export type MarketSettings = z.output<typeof marketSchema>;
export type ProductSettings = MarketSettings['products'][number];

function refusalOf(smile: Smile): string | undefined {
  try {
    checkedSmile(smile);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
