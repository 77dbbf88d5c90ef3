import { Temporal } from '../../../kit/zoned.ts';
import { type Holiday, type HolidayRule, newYorkHolidays, targetHolidays } from './holidays.ts';

/** When an exchange is open, by the clock on the wall where it is. */
export interface TradingHours {
  /** IANA name, such as "America/New_York". */
  readonly zone: string;
  /** Such as "09:30". */
  readonly open: string;
  /** Such as "16:00". */
  readonly close: string;
  /** Of days before some holidays. */
  readonly earlyClose: string;
  readonly holidays: HolidaySet;
}

export type HolidaySet = keyof typeof RULES;

/** One day's trading. Milliseconds since the epoch; it ends before `closeMs`. */
export interface Session {
  /** The day there, such as "2026-12-18". */
  readonly date: string;
  readonly openMs: number;
  readonly closeMs: number;
}

const RULES = {
  new_york: newYorkHolidays,
  target: targetHolidays,
  none: (): Holiday[] => [],
} satisfies Record<string, HolidayRule>;

const SATURDAY = 6;

/** When an exchange is open: on weekdays that are no holidays, in the hours of its zone, whatever the change to summer time does. */
export class TradingCalendar {
  readonly hours: TradingHours;
  readonly #days = new Map<string, Holiday>();
  readonly #years = new Set<number>();
  /** The last one that was asked for: mostly it is asked for again. */
  #session: Session | undefined;

  constructor(hours: TradingHours) {
    this.hours = hours;
  }

  /** The session of a day; undefined on one without. */
  sessionOf(date: Temporal.PlainDate): Session | undefined {
    const holiday = this.#holidayOf(date);
    if (date.dayOfWeek >= SATURDAY || (holiday && !holiday.isEarlyClose)) return undefined;
    const { zone, open, close, earlyClose } = this.hours;
    const at = (time: string) =>
      date.toZonedDateTime({ timeZone: zone, plainTime: time }).epochMilliseconds;
    return {
      date: date.toString(),
      openMs: at(open),
      closeMs: at(holiday ? earlyClose : close),
    };
  }

  /** The session that a moment lies in, else the next one. */
  sessionFrom(ms: number): Session {
    const last = this.#session;
    if (last && ms >= last.openMs && ms < last.closeMs) return last;
    let date = Temporal.Instant.fromEpochMilliseconds(ms)
      .toZonedDateTimeISO(this.hours.zone)
      .toPlainDate();
    for (;;) {
      const session = this.sessionOf(date);
      if (session && ms < session.closeMs) {
        this.#session = session;
        return session;
      }
      date = date.add({ days: 1 });
    }
  }

  /** The day itself, or the last one before it on which there is trading. */
  tradingDayUpTo(date: Temporal.PlainDate): Temporal.PlainDate {
    let day = date;
    while (!this.sessionOf(day)) day = day.subtract({ days: 1 });
    return day;
  }

  #holidayOf(date: Temporal.PlainDate): Holiday | undefined {
    // One may be observed in the year before or after its own.
    for (const year of [date.year - 1, date.year, date.year + 1]) {
      if (this.#years.has(year)) continue;
      this.#years.add(year);
      for (const holiday of RULES[this.hours.holidays](year)) {
        this.#days.set(holiday.date.toString(), holiday);
      }
    }
    return this.#days.get(date.toString());
  }
}
