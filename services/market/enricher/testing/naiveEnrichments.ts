import { BarPeriod, type ChainEnriched, type OpenBar } from '@weft/proto/market/v1/enriched';
import type { ChainUpdated, ExpiryChain } from '@weft/proto/market/v1/option_market';
import { microsFromTimestamp, timestampFromMicros } from '../../../kit/time.ts';

/**
 * What all chains of a product amount to, worked out by the definitions, each from nothing: by sums over all strikes, and by all chains
 * before it.
 *
 * @param chains All of one product, from its first on.
 */
export function naiveEnrichments(chains: readonly ChainUpdated[]): ChainEnriched[] {
  return chains.map((chain, at) => {
    const { product, epoch, sequence, marketTime, underlyingPrice, expiries } = chain;
    const day = dayOf(chain);
    const open = chains.find((each) => dayOf(each) === day)?.underlyingPrice ?? Number.NaN;
    return {
      ...{ product, epoch, sequence, marketTime, underlyingPrice },
      ...ratios(expiries),
      expiries: expiries.map(metricsOf),
      bars: PERIODS.flatMap((period) => barsOf(chains.slice(0, at + 1), period)),
      session: {
        ...{ day, open, change: underlyingPrice - open },
        changeFraction: (underlyingPrice - open) / open,
      },
      unusual: unusualOf(product, expiries),
    };
  });
}

/** With what comes out of other formulas to so many digits as they have in common. */
export function rounded(enriched: ChainEnriched): ChainEnriched {
  return {
    ...enriched,
    expiries: enriched.expiries.map((each) => ({
      ...each,
      atmVolatility: each.atmVolatility && Number(each.atmVolatility.toPrecision(11)),
      expectedMove: each.expectedMove && Number(each.expectedMove.toPrecision(11)),
    })),
  };
}

const MINUTES: ReadonlyMap<BarPeriod, number> = new Map([
  [BarPeriod.MINUTE, 1],
  [BarPeriod.FIVE_MINUTES, 5],
  [BarPeriod.FIFTEEN_MINUTES, 15],
]);
const PERIODS = [...MINUTES.keys(), BarPeriod.DAY];

const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);
const column = (
  expiries: readonly ExpiryChain[],
  kind: 'calls' | 'puts',
  of: 'volume' | 'openInterest',
) => sum(expiries.flatMap((expiry) => expiry[kind]?.[of] ?? []));

function ratios(expiries: readonly ExpiryChain[]) {
  const ratio = (of: 'volume' | 'openInterest') => {
    const calls = column(expiries, 'calls', of);
    return calls === 0 ? undefined : column(expiries, 'puts', of) / calls;
  };
  return { putCallRatioVolume: ratio('volume'), putCallRatioOpenInterest: ratio('openInterest') };
}

function metricsOf(expiry: ExpiryChain) {
  const { strike, volatility, years, forwardPrice, calls, puts } = expiry;
  const pains = strike.map((at) =>
    sum(
      strike.map(
        (each, index) =>
          (calls?.openInterest[index] ?? 0) * Math.max(at - each, 0) +
          (puts?.openInterest[index] ?? 0) * Math.max(each - at, 0),
      ),
    ),
  );
  const isOpen = sum([...(calls?.openInterest ?? []), ...(puts?.openInterest ?? [])]) > 0;
  // Total variance on the straight line between the strikes around the forward.
  const above = strike.findIndex((each) => each >= forwardPrice);
  const [k0, k1] = [above - 1, above].map((index) => Math.log((strike[index] ?? 0) / forwardPrice));
  const [w0, w1] = [above - 1, above].map((index) => (volatility[index] ?? 0) ** 2 * years);
  const variance =
    (w0 as number) +
    (((w1 as number) - (w0 as number)) * (0 - (k0 as number))) / ((k1 as number) - (k0 as number));
  const atmVolatility = Math.sqrt(variance / years);
  return {
    ...{ expiry: expiry.expiry, years, forwardPrice },
    maxPain: isOpen ? strike[pains.indexOf(Math.min(...pains))] : undefined,
    ...ratios([expiry]),
    atmVolatility,
    expectedMove: forwardPrice * Math.sqrt(variance),
    ...{ callVolume: sum(calls?.volume ?? []), putVolume: sum(puts?.volume ?? []) },
    callOpenInterest: sum(calls?.openInterest ?? []),
    putOpenInterest: sum(puts?.openInterest ?? []),
  };
}

function unusualOf(product: string, expiries: readonly ExpiryChain[]) {
  const found = expiries.flatMap(({ expiry, strike, calls, puts }) =>
    strike.flatMap((each, index) =>
      (
        [
          ['C', calls],
          ['P', puts],
        ] as const
      ).flatMap(([letter, columns]) => {
        const volume = columns?.volume[index] ?? 0;
        const usual = columns?.openInterest[index] ?? 0;
        const digits = String(Math.round(each * 1_000)).padStart(8, '0');
        const symbol = `${product.padEnd(6)}${expiry.slice(2).replaceAll('-', '')}${letter}${digits}`;
        return volume >= 100 && volume > 2 * usual ? [{ symbol, volume, usual }] : [];
      }),
    ),
  );
  return found
    .sort((one, other) => other.volume - one.volume || one.symbol.localeCompare(other.symbol))
    .slice(0, 20);
}

/** The bar that the last chain is in, and before it that of the chain before, if it is another one. */
function barsOf(chains: readonly ChainUpdated[], period: BarPeriod): OpenBar[] {
  const starts = chains.map((chain) => startOf(chain, period));
  const bar = (startMs: number, closed: boolean): OpenBar => {
    const its = chains.filter((_, at) => starts[at] === startMs);
    const prices = its.map(({ underlyingPrice }) => underlyingPrice);
    return {
      ...{ length: period, start: timestampFromMicros(startMs * 1_000) },
      ...{ open: prices[0] as number, close: prices.at(-1) as number },
      ...{ high: Math.max(...prices), low: Math.min(...prices) },
      ...{ volume: sum(its.map(({ underlyingVolume }) => underlyingVolume)), closed },
    };
  };
  const [before, now] = [starts.at(-2), starts.at(-1) as number];
  const open = bar(now, false);
  return before === undefined || before === now ? [open] : [bar(before, true), open];
}

const midnights = new Map<string, number>();

function startOf(chain: ChainUpdated, period: BarPeriod): number {
  const ms = msOf(chain);
  const minutes = MINUTES.get(period);
  if (minutes) return ms - (ms % (minutes * 60_000));
  const name = `${zoneOf(chain)} ${dayOf(chain)}`;
  let start = midnights.get(name);
  if (start === undefined) {
    start = ms - (ms % 900_000);
    while (dayAt(start - 1, zoneOf(chain)) === dayOf(chain)) start -= 900_000;
    midnights.set(name, start);
  }
  return start;
}

function msOf({ marketTime }: ChainUpdated): number {
  return marketTime ? microsFromTimestamp(marketTime) / 1_000 : Number.NaN;
}

function zoneOf({ timeZone = 'UTC' }: ChainUpdated): string {
  return timeZone;
}

const formats = new Map<string, Intl.DateTimeFormat>();
const names = new Map<string, string>();

function dayOf(chain: ChainUpdated): string {
  return dayAt(msOf(chain), zoneOf(chain));
}

function dayAt(ms: number, zone: string): string {
  const known = names.get(`${ms} ${zone}`);
  if (known) return known;
  const format =
    formats.get(zone) ?? new Intl.DateTimeFormat('en-CA', { timeZone: zone, dateStyle: 'short' });
  formats.set(zone, format);
  const name = format.format(ms);
  names.set(`${ms} ${zone}`, name);
  return name;
}
