import type { ExpiryChain, OptionColumns } from '@weft/proto/market/v1/option_market';
import { sharesOf } from './activity.ts';
import type { Chance } from './Chance.ts';

/** Of a day's volume, what opens positions (above 0) or closes them: between these. */
const LEAST_OPENED = -0.3;
const MOST_OPENED = 0.6;
/** Sessions before its own in which an expiry's positions are rolled into the next one. */
const ROLL_DAYS = 3;
const ROLL_SHARE = 0.35;
/** Of what is closed to be rolled, what is opened again. */
const REOPENED = 0.8;
/** What a new market begins with, in days of its trade. */
const FIRST_DAYS = 5;

/** Opens a new market: with what some days of trade would have left. */
export function openFirst(expiries: readonly ExpiryChain[], contractsPerDay: number): void {
  const shares = sharesOf(expiries);
  const first = (side: readonly number[] | undefined, columns: OptionColumns | undefined) => {
    if (!columns) return;
    columns.openInterest = columns.openInterest.map((_, index) =>
      Math.round((side?.[index] ?? 0) * contractsPerDay * FIRST_DAYS),
    );
  };
  for (const [at, { calls, puts }] of expiries.entries()) {
    first(shares[at]?.calls, calls);
    first(shares[at]?.puts, puts);
  }
}

/**
 * Open interest of the session that begins: that of the last one, with what its volume has opened and closed. Positions that
 * expire soon are rolled into the expiry behind, where the strike lies nearest.
 *
 * @param expiries As the last session has left them; those that are over are not among them any more. Changed in place.
 */
export function settle(expiries: readonly ExpiryChain[], chance: Chance): void {
  for (const [at, expiry] of expiries.entries()) {
    const next = expiries[at + 1];
    const isRolled = next !== undefined && expiry.years * 365 <= ROLL_DAYS;
    for (const side of ['calls', 'puts'] as const) {
      const columns = expiry[side];
      if (!columns) continue;
      for (const [index, before] of columns.openInterest.entries()) {
        const opened =
          (LEAST_OPENED + (MOST_OPENED - LEAST_OPENED) * chance.uniform()) *
          (columns.volume[index] ?? 0);
        const after = Math.max(0, before + Math.round(opened));
        const rolled = isRolled ? Math.floor(after * ROLL_SHARE) : 0;
        columns.openInterest[index] = after - rolled;
        if (next && rolled > 0) reopen(next, side, expiry.strike[index] ?? 0, rolled);
      }
    }
  }
}

function reopen(next: ExpiryChain, side: 'calls' | 'puts', strike: number, rolled: number): void {
  const columns = next[side];
  const index = nearest(next.strike, strike);
  if (!columns || columns.openInterest[index] === undefined) return;
  columns.openInterest[index] += Math.floor(rolled * REOPENED);
}

function nearest(strikes: readonly number[], strike: number): number {
  let best = 0;
  for (const [index, each] of strikes.entries()) {
    if (Math.abs(each - strike) < Math.abs((strikes[best] ?? 0) - strike)) best = index;
  }
  return best;
}
