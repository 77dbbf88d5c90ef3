import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Temporal } from '../../../kit/zoned.ts';
import { expiryDates } from './expiryDates.ts';
import { easterSunday, newYorkHolidays } from './holidays.ts';
import { MarketClock } from './MarketClock.ts';
import { TradingCalendar } from './TradingCalendar.ts';

const newYork = new TradingCalendar({
  ...{ zone: 'America/New_York', open: '09:30', close: '16:00', earlyClose: '13:00' },
  holidays: 'new_york',
});
const iso = (ms: number) => new Date(ms).toISOString();
const sessionOf = (date: string) => newYork.sessionOf(Temporal.PlainDate.from(date));

test('New York is closed on the days that its exchange has published', () => {
  const closed = (year: number) =>
    newYorkHolidays(year)
      .filter(({ isEarlyClose }) => !isEarlyClose)
      .map(({ date }) => date.toString());
  // https://www.nyse.com/markets/hours-calendars
  assert.deepEqual(closed(2025), [
    ...['2025-01-01', '2025-01-20', '2025-02-17', '2025-04-18', '2025-05-26', '2025-06-19'],
    ...['2025-07-04', '2025-09-01', '2025-11-27', '2025-12-25'],
  ]);
  assert.deepEqual(closed(2026), [
    ...['2026-01-01', '2026-01-19', '2026-02-16', '2026-04-03', '2026-05-25', '2026-06-19'],
    ...['2026-07-03', '2026-09-07', '2026-11-26', '2026-12-25'],
  ]);
  // New Year's Day of 2022 was a Saturday, which is observed on no day of another year.
  assert.ok(!closed(2022).some((date) => date.startsWith('2021') || date === '2022-01-01'));
  assert.equal(sessionOf('2021-12-31')?.date, '2021-12-31');
  assert.deepEqual(
    [2024, 2025, 2026, 2038].map((year) => easterSunday(year).toString()),
    ['2024-03-31', '2025-04-20', '2026-04-05', '2038-04-25'],
  );
});

test('a session is by the clock on the wall, in summer and winter, and shorter before some holidays', () => {
  assert.equal(iso(sessionOf('2025-03-07')?.openMs ?? 0), '2025-03-07T14:30:00.000Z');
  assert.equal(iso(sessionOf('2025-03-10')?.openMs ?? 0), '2025-03-10T13:30:00.000Z');
  assert.equal(iso(sessionOf('2025-11-03')?.openMs ?? 0), '2025-11-03T14:30:00.000Z');
  for (const date of ['2025-07-03', '2025-11-28', '2025-12-24']) {
    const { openMs = 0, closeMs = 0 } = sessionOf(date) ?? {};
    assert.equal((closeMs - openMs) / 3_600_000, 3.5, date);
  }
  // The third of July 2026 is a holiday itself.
  assert.equal(sessionOf('2026-07-03'), undefined);
  assert.equal(sessionOf('2025-03-08'), undefined);
});

test('options expire on Fridays, the third of a month among them, and on the day before a Friday off', () => {
  const dates = (from: string, weekly: number, monthly: number) =>
    expiryDates(newYork, from, { weekly, monthly }).map(({ date, kind }) => `${date} ${kind}`);
  // 18 April 2025 is Good Friday, 19 June 2026 Juneteenth: both are third Fridays.
  assert.deepEqual(dates('2025-04-14', 1, 2), [
    '2025-04-17 monthly',
    '2025-04-25 weekly',
    '2025-05-16 monthly',
  ]);
  assert.deepEqual(dates('2026-06-15', 2, 2), [
    '2026-06-18 monthly',
    '2026-06-26 weekly',
    '2026-07-02 weekly',
    '2026-07-17 monthly',
  ]);
  // On its own day an expiry is still listed, on the next one no more.
  assert.equal(dates('2026-06-18', 0, 1)[0], '2026-06-18 monthly');
  assert.equal(dates('2026-06-19', 0, 1)[0], '2026-07-17 monthly');
});

test('the clock moves in sessions only, of whichever exchange, and never twice at one moment', () => {
  const frankfurt = new TradingCalendar({
    ...{ zone: 'Europe/Berlin', open: '09:00', close: '17:30', earlyClose: '17:30' },
    holidays: 'target',
  });
  const clock = new MarketClock([newYork, frankfurt], 3_600_000);
  const moments: string[] = [];
  // Summer time has begun in New York and not yet in Berlin.
  for (let ms = Date.parse('2026-03-12T00:00Z'); moments.length < 16; ) {
    ms = clock.after(ms);
    moments.push(iso(ms).slice(5, 16));
  }
  assert.deepEqual(
    moments,
    [
      ...['08:00', '09:00', '10:00', '11:00', '12:00', '13:00', '13:30', '14:00', '14:30'],
      ...['15:00', '15:30', '16:00', '16:30', '17:30', '18:30', '19:30'],
    ].map((time) => `03-12T${time}`),
  );
  assert.equal(iso(clock.after(Date.parse('2026-03-12T19:30Z'))), '2026-03-13T08:00:00.000Z');
});
