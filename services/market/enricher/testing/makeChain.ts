import type { ChainUpdated, ExpiryChain } from '@weft/proto/market/v1/option_market';
import { timestampFromMicros } from '../../../kit/time.ts';

/** How the chains of a product are made. */
export interface ChainRecipe {
  readonly product: string;
  readonly seed: number;
  /** IANA name. */
  readonly timeZone: string;
  /** Of the first chain: milliseconds since the epoch. */
  readonly startMs: number;
  readonly stepMs: number;
  /** Of a session; the next one begins a day after it. */
  readonly chainsOfDay: number;
  /** Contracts that are traded from one chain to the next, of each option, at most; as many as open ones make some unusual. */
  readonly traded: number;
}

/** Two products in two zones, a chain a minute. */
export const RECIPES: readonly ChainRecipe[] = [
  {
    ...{ product: 'ALFA', seed: 1, timeZone: 'America/New_York', traded: 3 },
    ...{ startMs: Date.UTC(2026, 2, 26, 13, 31), stepMs: 60_000, chainsOfDay: 25 },
  },
  {
    ...{ product: 'EURO', seed: 2, timeZone: 'Europe/Berlin', traded: 40 },
    // Days begin at other moments after the change to summer time on the 29th.
    ...{ startMs: Date.UTC(2026, 2, 28, 8, 7), stepMs: 100_000, chainsOfDay: 31 },
  },
];

const DAY_MS = 86_400_000;
const STRIKES = Array.from({ length: 21 }, (_, index) => 80 + 2 * index);
const DAYS = [7, 35, 98];

/** A chain by its number alone, as no market would have it, but whole: whoever makes it makes the same. */
export function makeChain(recipe: ChainRecipe, sequence: number, epoch = 1): ChainUpdated {
  const { product, seed, timeZone, startMs, stepMs, chainsOfDay } = recipe;
  const chance = chanceOf(seed * 1_000_003 + sequence);
  const [day, inDay] = [Math.floor((sequence - 1) / chainsOfDay), (sequence - 1) % chainsOfDay];
  const ms = startMs + day * DAY_MS + inDay * stepMs;
  const underlyingPrice = 100 * Math.exp(0.05 * Math.sin(sequence / 5) + 0.02 * chance() - 0.01);
  return {
    ...{ product, epoch, sequence, timeZone, underlyingPrice },
    marketTime: timestampFromMicros(ms * 1_000),
    underlyingVolume: Math.floor(1_000 * chance()),
    expiries: DAYS.map((days) => makeExpiry(recipe, { days, ms, inDay, underlyingPrice })),
  };
}

function makeExpiry(
  { seed, startMs, traded }: ChainRecipe,
  at: { days: number; ms: number; inDay: number; underlyingPrice: number },
): ExpiryChain {
  const { days, ms, inDay, underlyingPrice } = at;
  const expireMs = Math.floor(startMs / DAY_MS + days) * DAY_MS + 20 * 3_600_000;
  const years = (expireMs - ms) / (365 * DAY_MS);
  const forwardPrice = underlyingPrice * Math.exp(0.03 * years);
  // The same for each chain of the product, so that volume grows and what is open stays.
  const chance = chanceOf(seed * 7_919 + days);
  const columns = () => ({
    ...{ bid: [], ask: [], delta: [], theta: [], rho: [] },
    volume: STRIKES.map(() => Math.floor(chance() * traded * (inDay + 1))),
    openInterest: STRIKES.map(() => Math.floor(chance() * 400)),
  });
  return {
    ...{ kind: 1, expireTime: timestampFromMicros(expireMs * 1_000), years, forwardPrice },
    expiry: new Date(expireMs).toISOString().slice(0, 10),
    strike: STRIKES,
    volatility: STRIKES.map((strike) => 0.2 + 0.3 * Math.log(strike / forwardPrice) ** 2),
    ...{ gamma: [], vega: [], calls: columns(), puts: columns() },
  };
}

/** Numbers from 0 to 1, the same for the same seed: mulberry32. */
function chanceOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
