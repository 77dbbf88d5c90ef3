import { CandleUnit, type ListCandlesRequest } from '@weft/proto/market/v1/analytics';
import { CalendarUnit } from '@weft/proto/market/v1/market_data';
import { invalidArgument } from '../../../kit/invalidArgument.ts';
import { MICROS_PER_MINUTE, MICROS_PER_SECOND, type Micros } from '../../../kit/time.ts';
import { UNIT_LENGTHS } from '../../bars/barLength.ts';
import { calendarGrid, fixedGrid, type Grid, intradayGrid } from './Grid.ts';

const LENGTHS: Readonly<Record<CandleUnit, Micros>> = {
  [CandleUnit.UNSPECIFIED]: 0,
  [CandleUnit.DAY]: UNIT_LENGTHS[CalendarUnit.DAY],
  [CandleUnit.WEEK]: UNIT_LENGTHS[CalendarUnit.WEEK],
  [CandleUnit.MONTH]: UNIT_LENGTHS[CalendarUnit.MONTH],
};
const DAY_US = UNIT_LENGTHS[CalendarUnit.DAY];
const WEEK_US = UNIT_LENGTHS[CalendarUnit.WEEK];
const MONTH_US = UNIT_LENGTHS[CalendarUnit.MONTH];
/** 1970-01-01 was a Thursday. */
const FIRST_MONDAY_US = 4 * DAY_US;

/** What a request asks for. */
export interface CandleGrid {
  /** Length of a candle, as bars' lengths are compared: a month counts as 31 days. */
  readonly lengthUs: Micros;
  readonly timeZone: string;
  readonly sessionStartUs: Micros;
  readonly grid: Grid;
}

/**
 * The grid that a request asks for.
 *
 * @param barLengthUs Of the asset's bars; 0 without. Candles may be as short as they are.
 * @throws RpcError INVALID_ARGUMENT that names the field.
 */
export function gridOf(request: ListCandlesRequest, barLengthUs: Micros): CandleGrid {
  const lengthUs = readLength(request, barLengthUs);
  const timeZone = readTimeZone(request.timeZone);
  const sessionStartUs = readSessionStart(request);
  const days = { timeZone, sessionStartUs };
  return { lengthUs, ...days, grid: gridOfLength(lengthUs, days) };
}

function gridOfLength(
  lengthUs: Micros,
  days: { readonly timeZone: string; readonly sessionStartUs: Micros },
): Grid {
  if (lengthUs === MONTH_US) return calendarGrid('month', days);
  const isWeek = lengthUs === WEEK_US;
  // Where the clocks never change, all candles are alike, and any length goes.
  if (days.timeZone === 'UTC') {
    return fixedGrid(lengthUs, days.sessionStartUs + (isWeek ? FIRST_MONDAY_US : 0));
  }
  if (lengthUs % DAY_US === 0) {
    const since = isWeek ? '1970-01-05' : '1970-01-01';
    return calendarGrid({ days: lengthUs / DAY_US, since }, days);
  }
  if (DAY_US % lengthUs !== 0) {
    throw invalidArgument('interval', 'must divide a day, or be whole days, in a time zone');
  }
  return intradayGrid(lengthUs, days);
}

function readLength({ interval, unit }: ListCandlesRequest, barLengthUs: Micros): Micros {
  if (unit !== CandleUnit.UNSPECIFIED) {
    if (interval) throw invalidArgument('unit', 'must not stand beside interval');
    return LENGTHS[unit];
  }
  if (!interval) return DAY_US;
  const lengthUs = interval.seconds * MICROS_PER_SECOND;
  const isWhole = interval.nanos === 0 && lengthUs % MICROS_PER_MINUTE === 0;
  if (!isWhole && (interval.nanos !== 0 || lengthUs !== barLengthUs)) {
    throw invalidArgument('interval', 'must be a whole number of minutes');
  }
  return lengthUs;
}

function readTimeZone(name: string): string {
  if (name === '') return 'UTC';
  try {
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions();
    return timeZone;
  } catch {
    throw invalidArgument('time_zone', 'must be a zone of the IANA database: America/New_York');
  }
}

function readSessionStart({ sessionStart }: ListCandlesRequest): Micros {
  if (!sessionStart) return 0;
  if (sessionStart.nanos !== 0 || sessionStart.seconds % 60 !== 0) {
    throw invalidArgument('session_start', 'must be whole minutes');
  }
  return sessionStart.seconds * MICROS_PER_SECOND;
}
