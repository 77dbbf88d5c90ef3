import {
  type ChainUpdated,
  type ExpiryChain,
  ExpiryKind,
  type OptionColumns,
} from '@weft/proto/market/v1/option_market';
import { timestampFromMicros } from '../../../kit/time.ts';
import { Temporal } from '../../../kit/zoned.ts';
import { type ExpiryDate, expiryDates } from '../calendar/expiryDates.ts';
import type { Session, TradingCalendar } from '../calendar/TradingCalendar.ts';
import type { ProductSettings } from '../settings/marketSchema.ts';
import type { Chance } from './Chance.ts';
import { settle } from './openInterest.ts';
import { listStrikes } from './strikes.ts';

/**
 * The options of a session that begins: expiries that are over are gone, new ones are listed, with strikes around the money;
 * open interest counts what the last session has changed, and volume begins at 0.
 */
export function beginSession(
  product: ProductSettings,
  calendar: TradingCalendar,
  session: Session,
  before: ChainUpdated | undefined,
  spot: number,
  chance: Chance,
): ExpiryChain[] {
  const known = (before?.expiries ?? []).filter(({ expiry }) => expiry >= session.date);
  const kept = known.map(copyOf);
  settle(kept, chance);
  const byDate = new Map(kept.map((expiry) => [expiry.expiry, expiry]));
  const listed = expiryDates(calendar, session.date, product.expiries);
  for (const date of listed) {
    if (!byDate.has(date.date)) byDate.set(date.date, emptyExpiry(date, calendar));
  }
  return [...byDate.values()]
    .sort((one, other) => (one.expiry < other.expiry ? -1 : 1))
    .map((expiry) => {
      const strike = listStrikes(spot, product, expiry.strike);
      return {
        ...{ ...expiry, strike },
        calls: columnsOf(expiry.calls, expiry.strike, strike),
        puts: columnsOf(expiry.puts, expiry.strike, strike),
      };
    });
}

function copyOf(expiry: ExpiryChain): ExpiryChain {
  const columns = (each: OptionColumns | undefined) =>
    each && { ...each, openInterest: [...each.openInterest] };
  return { ...expiry, calls: columns(expiry.calls), puts: columns(expiry.puts) };
}

function emptyExpiry({ date, kind }: ExpiryDate, calendar: TradingCalendar): ExpiryChain {
  const session = calendar.sessionOf(Temporal.PlainDate.from(date));
  if (!session) throw new Error(`options cannot expire on ${date}, which is no trading day`);
  return {
    expiry: date,
    kind: kind === 'weekly' ? ExpiryKind.WEEKLY : ExpiryKind.MONTHLY,
    expireTime: timestampFromMicros(session.closeMs * 1_000),
    ...{ years: 0, forwardPrice: 0, strike: [], volatility: [], gamma: [], vega: [] },
    ...{ calls: undefined, puts: undefined },
  };
}

/** Those of the strikes that are listed now, with the open interest that those had which were before. */
function columnsOf(
  before: OptionColumns | undefined,
  strikesBefore: readonly number[],
  strikes: readonly number[],
): OptionColumns {
  const open = new Map(strikesBefore.map((each, index) => [each, before?.openInterest[index]]));
  return {
    ...{ bid: [], ask: [], delta: [], theta: [], rho: [] },
    volume: strikes.map(() => 0),
    openInterest: strikes.map((each) => open.get(each) ?? 0),
  };
}
