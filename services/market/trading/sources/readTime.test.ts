import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { explainTime, readTime, readWrittenTime } from './readTime.ts';

const us = (iso: string) => Date.parse(iso) * 1000;

const good: [string, number][] = [
  ['2024-02-29', us('2024-02-29T00:00:00Z')],
  ['1969-12-31', us('1969-12-31T00:00:00Z')],
  ['2024-01-02 03:04', us('2024-01-02T03:04:00Z')],
  ['2024-01-02T03:04:05', us('2024-01-02T03:04:05Z')],
  ['2024-01-02t03:04:05z', us('2024-01-02T03:04:05Z')],
  ['2024-01-02 03:04:05.123456', us('2024-01-02T03:04:05Z') + 123_456],
  ['2024-01-02 03:04:05.1234569', us('2024-01-02T03:04:05Z') + 123_456],
  ['2024-01-02 03:04:05,5', us('2024-01-02T03:04:05.5Z')],
  ['2024-01-02T03:04:05+02:00', us('2024-01-02T01:04:05Z')],
  ['2024-01-02T03:04:05 -0530', us('2024-01-02T08:34:05Z')],
  ['2024-01-02T03:04:05+02', us('2024-01-02T01:04:05Z')],
  ['1704164645', us('2024-01-02T03:04:05Z')],
  ['1704164645.25', us('2024-01-02T03:04:05.25Z')],
  ['1704164645250', us('2024-01-02T03:04:05.25Z')],
  ['1704164645250.5', us('2024-01-02T03:04:05.25Z') + 500],
  ['1704164645250123', us('2024-01-02T03:04:05.25Z') + 123],
  ['1704164645250123456', us('2024-01-02T03:04:05.25Z') + 123],
  ['315532800', us('1980-01-01T00:00:00Z')],
  ['999999999999', us('2001-09-09T01:46:39.999Z')],
  ['20240102', us('2024-01-02T00:00:00Z')],
  ['202401020930', us('2024-01-02T09:30:00Z')],
  ['20240102093015', us('2024-01-02T09:30:15Z')],
];
for (const [text, expected] of good) {
  test(`reads ${text}`, () => assert.equal(readTime(text), expected));
}

const bad = [
  ...[
    '',
    ' ',
    'yesterday',
    '01/02/2024',
    '2024-1-2',
    '20240102T000000',
    '2024-02-30',
    '2024-13-01',
  ],
  ...['2023-02-29', '2024-01-02T24:00', '2024-01-02T12:60', '2024-01-02T', '2024-01-02X'],
  ...['2024-01-02T03:04:05+25:00', '1e9', '0x10', 'NaN', '100000000000000', '1.', '--1'],
  // Numbers that are something else: days of a spreadsheet, a short date, and what would be 1970.
  ...['45293', '45293.5', '240102', '0', '-1.5', '20241302', '20240230', '202401022460'],
];
for (const text of bad) {
  test(`refuses ${JSON.stringify(text)}`, () => assert.equal(readTime(text), undefined));
}

test('reads what Date prints, whatever the instant', () => {
  const date = fc.date({
    min: new Date('0000-01-01'),
    max: new Date('9999-12-31'),
    noInvalidDate: true,
  });
  fc.assert(
    fc.property(date, (instant) => {
      assert.equal(readTime(instant.toISOString()), instant.getTime() * 1000);
    }),
  );
});

test('a number that people take for a date in a sheet is told with its date', () => {
  assert.match(explainTime('45293'), /day number of 2024-01-02/);
  assert.match(explainTime('240102'), /not within 1980 to 2099/);
  assert.match(explainTime('soon'), /^not a time/);
});

test('what the clock showed is kept beside the instant', () => {
  assert.deepEqual(readWrittenTime('2024-01-02 00:00:00-05:00'), {
    form: 'date, time and zone',
    wallUs: us('2024-01-02T00:00:00Z'),
    us: us('2024-01-02T05:00:00Z'),
  });
});

test('no number of seconds is also one of milliseconds, a date, or anything else', () => {
  fc.assert(
    fc.property(fc.integer({ min: 315_532_800, max: 4_102_444_799 }), (seconds) => {
      for (const unit of ['', '000', '000000', '000000000']) {
        assert.equal(readTime(`${seconds}${unit}`), seconds * 1e6);
      }
    }),
  );
});
