import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestClock } from './testing/TestClock.ts';
import { isZone, Temporal, zonedNow } from './zoned.ts';

const NEW_YORK = 'America/New_York';

test('a clock that is set tells the time on the wall of a zone, over both changes of summer time', () => {
  const clock = new TestClock('2025-03-09T06:59:00Z');
  assert.equal(zonedNow(clock, NEW_YORK).toPlainTime().toString(), '01:59:00');
  clock.advance(60_000);
  assert.equal(zonedNow(clock, NEW_YORK).toPlainTime().toString(), '03:00:00');
  const walls = ['2025-11-02T05:30:00Z', '2025-11-02T06:30:00Z'].map((instant) => {
    clock.set(instant);
    return zonedNow(clock, NEW_YORK).toString();
  });
  assert.deepEqual(walls, [
    '2025-11-02T01:30:00-04:00[America/New_York]',
    '2025-11-02T01:30:00-05:00[America/New_York]',
  ]);
});

test('a time on the wall that does not exist, or comes twice, is one instant', () => {
  const instantOf = (wall: string) =>
    Temporal.PlainDateTime.from(wall).toZonedDateTime(NEW_YORK).toInstant().toString();
  assert.equal(instantOf('2025-03-09T02:30'), '2025-03-09T07:30:00Z');
  assert.equal(instantOf('2025-11-02T01:30'), '2025-11-02T05:30:00Z');
});

test('a zone is one of the IANA database, and nothing else is', () => {
  for (const name of ['UTC', NEW_YORK, 'Asia/Kathmandu']) assert.ok(isZone(name), name);
  for (const name of ['', 'Mars/Olympus', 'New York']) assert.ok(!isZone(name), name);
});
