import {
  ButterflyKind,
  type ButterflyViolation,
  type CalendarViolation,
  type ChainReference,
  type GetVolatilitySurfaceResponse,
  SurfaceAxis,
  type SurfaceSlice,
} from '@weft/proto/market/v1/option_analytics';
import { type Svi, sviVariance } from '../../../options/svi.ts';
import { butterflyArbitrage, calendarArbitrage } from '../../../options/sviArbitrage.ts';
import {
  callDelta,
  type FittedExpiry,
  fittedVolatility,
  logMoneynessOf,
  quotedVolatility,
} from './FittedExpiry.ts';

/** Of calls. */
const DELTAS = [0.95, 0.9, 0.75, 0.6, 0.5, 0.4, 0.25, 0.1, 0.05];

const KINDS = {
  'negative-variance': ButterflyKind.NEGATIVE_VARIANCE,
  'steep-wing': ButterflyKind.STEEP_WING,
  'negative-density': ButterflyKind.NEGATIVE_DENSITY,
} as const;

/** The surface of a chain by strikes and by deltas, with what is wrong with it: the same with both. */
export function surfaces(
  chain: ChainReference,
  expiries: readonly FittedExpiry[],
): {
  readonly byStrike: GetVolatilitySurfaceResponse;
  readonly byDelta: GetVolatilitySurfaceResponse;
} {
  const butterflies = expiries.map(({ fit }) => (fit ? butterflyOf(fit.svi) : undefined));
  const calendarViolations = calendarViolationsOf(expiries);
  const arbitrageFree =
    expiries.every(({ fit }) => fit !== null) &&
    butterflies.every((each) => each === undefined) &&
    calendarViolations.length === 0;
  const surface = (axis: SurfaceAxis, pointsOf: (expiry: FittedExpiry) => readonly Point[]) => ({
    ...{ chain, axis, calendarViolations, arbitrageFree },
    slices: expiries.map((expiry, i) => sliceOf(expiry, butterflies[i], pointsOf(expiry))),
  });
  return {
    byStrike: surface(SurfaceAxis.STRIKE, listedPoints),
    byDelta: surface(SurfaceAxis.DELTA, deltaPoints),
  };
}

interface Point {
  readonly strike: number;
  readonly logMoneyness: number;
  readonly quoted: number;
}

function listedPoints({ strikes, logMoneyness, volatilities }: FittedExpiry): Point[] {
  return strikes.map((strike, i) => ({
    strike,
    logMoneyness: logMoneyness[i] as number,
    quoted: volatilities[i] as number,
  }));
}

function deltaPoints(expiry: FittedExpiry): Point[] {
  return DELTAS.flatMap((delta) => {
    const logMoneyness = logMoneynessOf(expiry, delta);
    const quoted = logMoneyness === null ? null : quotedVolatility(expiry, logMoneyness);
    if (logMoneyness === null || quoted === null) return [];
    return [{ strike: expiry.chain.forwardPrice * Math.exp(logMoneyness), logMoneyness, quoted }];
  });
}

function sliceOf(
  { chain, fit }: FittedExpiry,
  butterflyViolation: ButterflyViolation | undefined,
  points: readonly Point[],
): SurfaceSlice {
  const { expiry, years, forwardPrice } = chain;
  const varianceAt = ({ logMoneyness, quoted }: Point) =>
    fit ? sviVariance(fit.svi, logMoneyness) : quoted ** 2 * years;
  return {
    ...{ expiry, years, forwardPrice, butterflyViolation },
    curve: fit ? { ...fit.svi, error: fit.error } : undefined,
    strike: points.map(({ strike }) => strike),
    logMoneyness: points.map(({ logMoneyness }) => logMoneyness),
    delta: points.map((point) => callDelta(point.logMoneyness, varianceAt(point))),
    quotedVolatility: points.map(({ quoted }) => quoted),
    fittedVolatility: fit
      ? points.map(({ logMoneyness }) => fittedVolatility(fit.svi, years, logMoneyness))
      : [],
  };
}

function butterflyOf(svi: Svi): ButterflyViolation | undefined {
  const found = butterflyArbitrage(svi);
  if (!found) return undefined;
  const { kind, logMoneyness, value } = found;
  return {
    ...{ kind: KINDS[kind], value },
    ...(Number.isFinite(logMoneyness) && { logMoneyness }),
  };
}

/** Neighbours are enough: what is in order from each to the next is in order from the first to the last. */
function calendarViolationsOf(expiries: readonly FittedExpiry[]): CalendarViolation[] {
  const fitted = expiries.flatMap(({ chain, fit }) => (fit ? [{ expiry: chain.expiry, fit }] : []));
  return fitted.slice(1).flatMap((later, i) => {
    const earlier = fitted[i] as typeof later;
    const found = calendarArbitrage(earlier.fit.svi, later.fit.svi);
    if (!found) return [];
    return [{ ...found, earlierExpiry: earlier.expiry, laterExpiry: later.expiry }];
  });
}
