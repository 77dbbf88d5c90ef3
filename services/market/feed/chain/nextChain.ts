import type { ChainUpdated, ExpiryChain } from '@weft/proto/market/v1/option_market';
import { microsFromTimestamp, timestampFromMicros } from '../../../kit/time.ts';
import type { TradingCalendar } from '../calendar/TradingCalendar.ts';
import type { ProductSettings } from '../settings/marketSchema.ts';
import { trade } from './activity.ts';
import { beginSession } from './beginSession.ts';
import { Chance } from './Chance.ts';
import { openFirst } from './openInterest.ts';
import { priceExpiry, YEAR_MS } from './priceExpiry.ts';

export interface Step {
  /** The moment of the chain that is made, in a session; milliseconds since the epoch. */
  readonly ms: number;
  /** Between two moments of a session. */
  readonly stepMs: number;
  readonly epoch: number;
}

/**
 * The chain that follows on another one. It is made of that, the settings and the moment alone, so that the same comes out
 * wherever and whenever it is made, bit for bit.
 *
 * The underlying's price is S exp((drift - volatility² / 2) dt + volatility √dt z), z standard normal, and dt what has passed by
 * the calendar, nights and weekends included.
 *
 * @param before Undefined: the first one.
 */
export function nextChain(
  product: ProductSettings,
  calendar: TradingCalendar,
  before: ChainUpdated | undefined,
  { ms, stepMs, epoch }: Step,
): ChainUpdated {
  const sequence = (before?.sequence ?? 0) + 1;
  const chance = new Chance(product.seed, sequence);
  const session = calendar.sessionFrom(ms);
  const share = stepMs / (session.closeMs - session.openMs);
  const beforeMs = before?.marketTime && microsFromTimestamp(before.marketTime) / 1_000;
  const spot = walk(product, before?.underlyingPrice, beforeMs, ms, chance);
  const underlyingVolume = chance.poisson(product.unitsPerDay * share);
  const isNewSession = beforeMs === undefined || beforeMs < session.openMs;
  const listed = isNewSession
    ? beginSession(product, calendar, session, before, spot, chance)
    : (before?.expiries ?? []).map(withOwnVolume);
  const expiries = listed.map((expiry) =>
    priceExpiry(product, expiry, spot, (expireMs(expiry) - ms) / YEAR_MS),
  );
  if (!before) openFirst(expiries, product.contractsPerDay);
  trade(expiries, product.contractsPerDay * share, chance);
  return {
    ...{ product: product.symbol, epoch, sequence },
    ...{ underlyingPrice: spot, underlyingVolume, expiries },
    marketTime: timestampFromMicros(ms * 1_000),
    timeZone: product.hours.zone,
  };
}

function walk(
  { initialPrice, drift, volatility }: ProductSettings,
  price: number | undefined,
  beforeMs: number | undefined,
  ms: number,
  chance: Chance,
): number {
  if (price === undefined || beforeMs === undefined) return initialPrice;
  const dt = (ms - beforeMs) / YEAR_MS;
  const drifted = (drift - (volatility * volatility) / 2) * dt;
  return price * Math.exp(drifted + volatility * Math.sqrt(dt) * chance.normal());
}

function expireMs({ expireTime }: ExpiryChain): number {
  return expireTime ? microsFromTimestamp(expireTime) / 1_000 : Number.NaN;
}

/** Trade changes it in place, and the chain before stays as it was told. */
function withOwnVolume(expiry: ExpiryChain): ExpiryChain {
  const { calls, puts } = expiry;
  return {
    ...expiry,
    calls: calls && { ...calls, volume: [...calls.volume] },
    puts: puts && { ...puts, volume: [...puts.volume] },
  };
}
