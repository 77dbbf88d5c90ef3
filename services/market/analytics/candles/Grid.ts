import { type RawBuilder, sql } from 'kysely';
import type { Micros } from '../../../kit/time.ts';

type Sql = RawBuilder<unknown>;

/** Where candles begin. Instants are microseconds since 1970, as bigint. */
export interface Grid {
  /** Start of the candle that holds this instant. */
  startSql(us: Sql): Sql;
  /** Start of the candle after the one that begins at `startUs`. */
  endSql(startUs: Sql): Sql;
}

/** Candles of one length, one of which begins at `originUs`. PostgreSQL's `mod` has the sign of what is divided. */
export function fixedGrid(intervalUs: Micros, originUs: Micros): Grid {
  const interval = sql`${intervalUs}::bigint`;
  const origin = sql`${originUs}::bigint`;
  return {
    startSql: (us) =>
      sql`(${us} - mod(mod(${us} - ${origin}, ${interval}) + ${interval}, ${interval}))`,
    endSql: (startUs) => sql`(${startUs} + ${interval})`,
  };
}

/** Which days there are. */
export interface Days {
  /** IANA name of the zone. */
  readonly timeZone: string;
  /** From midnight to where a day begins. */
  readonly sessionStartUs: Micros;
}

/** So many days from 1970-01-01 on, or from the first Monday after it; or months. */
export type CalendarStep =
  | { readonly days: number; readonly since: '1970-01-01' | '1970-01-05' }
  | 'month';

/** Candles of days, weeks or months of a zone, as long as its clocks make them. */
export function calendarGrid(step: CalendarStep, { timeZone, sessionStartUs }: Days): Grid {
  const session = sql`${sessionStartUs}::bigint * interval '1 microsecond'`;
  const local = (us: Sql) =>
    sql`((timestamptz 'epoch' + ${us} * interval '1 microsecond') at time zone ${timeZone}::text - ${session})`;
  const instant = (time: Sql) =>
    sql`(extract(epoch from (${time} + ${session}) at time zone ${timeZone}::text) * 1000000)::bigint`;
  const floor = (time: Sql) =>
    step === 'month'
      ? sql`date_trunc('month', ${time})`
      : sql`date_bin(${step.days}::int * interval '1 day', ${time}, ${step.since}::timestamp)`;
  const length =
    step === 'month' ? sql`interval '1 month'` : sql`${step.days}::int * interval '1 day'`;
  return {
    startSql: (us) => instant(floor(local(us))),
    endSql: (startUs) => instant(sql`${floor(local(startUs))} + ${length}`),
  };
}

/** Candles that divide a zone's days; those of a day that is longer or shorter than others are counted from its start. */
export function intradayGrid(intervalUs: Micros, days: Days): Grid {
  const day = calendarGrid({ days: 1, since: '1970-01-01' }, days);
  const interval = sql`${intervalUs}::bigint`;
  return {
    startSql(us) {
      const start = day.startSql(us);
      return sql`(${start} + (${us} - ${start}) / ${interval} * ${interval})`;
    },
    endSql: (startUs) => sql`least(${startUs} + ${interval}, ${day.endSql(startUs)})`,
  };
}
