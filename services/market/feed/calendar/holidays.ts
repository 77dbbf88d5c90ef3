import { Temporal } from '../../../kit/zoned.ts';

/** A day on which an exchange is closed, or closes early. */
export interface Holiday {
  readonly date: Temporal.PlainDate;
  readonly isEarlyClose?: boolean;
}

/** The days off of a year, by the rules of an exchange. */
export type HolidayRule = (year: number) => Holiday[];

const MONDAY = 1;
const THURSDAY = 4;
const SATURDAY = 6;
const SUNDAY = 7;

const day = (year: number, month: number, of: number) =>
  Temporal.PlainDate.from({ year, month, day: of });

/** The nth weekday of a month, such as the third Friday. @param weekday 1 is Monday. @param nth From 1. */
export function nthWeekday(
  year: number,
  month: number,
  weekday: number,
  nth: number,
): Temporal.PlainDate {
  const first = day(year, month, 1);
  return first.add({ days: ((weekday - first.dayOfWeek + 7) % 7) + (nth - 1) * 7 });
}

/**
 * Easter Sunday of the Gregorian calendar.
 *
 * @see The anonymous algorithm of 1876 in J. Meeus, "Astronomical Algorithms", chapter 8.
 */
export function easterSunday(year: number): Temporal.PlainDate {
  const a = year % 19;
  const b = Math.floor(year / 100);
  const c = year % 100;
  const d = Math.floor(b / 4);
  const e = b % 4;
  const g = Math.floor((8 * b + 13) / 25);
  const h = (19 * a + b - d - g + 15) % 30;
  const i = Math.floor(c / 4);
  const k = c % 4;
  const l = (32 + 2 * e + 2 * i - h - k) % 7;
  const m = Math.floor((a + 11 * h + 19 * l) / 433);
  const month = Math.floor((h + l - 7 * m + 90) / 25);
  return day(year, month, (h + l - 7 * m + 33 * month + 19) % 32);
}

/**
 * Of the New York Stock Exchange: a holiday on a Saturday is observed on Friday, unless that ends a year, one on a Sunday on
 * Monday. Days that were closed for once, such as those of mourning, are not among them.
 *
 * @see https://www.nyse.com/markets/hours-calendars; rule 7.2
 */
export function newYorkHolidays(year: number): Holiday[] {
  const observed = (date: Temporal.PlainDate) => {
    if (date.dayOfWeek === SATURDAY) return date.subtract({ days: 1 });
    return date.dayOfWeek === SUNDAY ? date.add({ days: 1 }) : date;
  };
  const newYear = day(year, 1, 1);
  const fourthOfJuly = day(year, 7, 4);
  const lastOfMay = day(year, 5, 31);
  const thanksgiving = nthWeekday(year, 11, THURSDAY, 4);
  const closed = [
    ...(newYear.dayOfWeek === SATURDAY ? [] : [observed(newYear)]),
    ...(year >= 1998 ? [nthWeekday(year, 1, MONDAY, 3)] : []),
    nthWeekday(year, 2, MONDAY, 3),
    easterSunday(year).subtract({ days: 2 }),
    lastOfMay.subtract({ days: lastOfMay.dayOfWeek - MONDAY }),
    ...(year >= 2022 ? [observed(day(year, 6, 19))] : []),
    observed(fourthOfJuly),
    nthWeekday(year, 9, MONDAY, 1),
    thanksgiving,
    observed(day(year, 12, 25)),
  ];
  const early = [day(year, 7, 3), thanksgiving.add({ days: 1 }), day(year, 12, 24)].filter(
    (date) => date.dayOfWeek < SATURDAY && !closed.some((other) => other.equals(date)),
  );
  return [
    ...closed.map((date) => ({ date })),
    ...early.map((date) => ({ date, isEarlyClose: true })),
  ];
}

/** The closing days of TARGET, the payment system of the euro area, which its exchanges follow. */
export function targetHolidays(year: number): Holiday[] {
  const easter = easterSunday(year);
  return [
    day(year, 1, 1),
    easter.subtract({ days: 2 }),
    easter.add({ days: 1 }),
    day(year, 5, 1),
    day(year, 12, 25),
    day(year, 12, 26),
  ].map((date) => ({ date }));
}
