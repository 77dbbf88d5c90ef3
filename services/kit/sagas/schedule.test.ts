import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '@weft/mesh/testing/eventually';
import { query } from '../testing/query.ts';
import { openSagas } from '../testing/sagas/openSagas.ts';
import { TestClock } from '../testing/TestClock.ts';
import { usePostgres } from '../testing/usePostgres.ts';
import { type AnySaga, saga } from './saga.ts';
import { every, type Schedule, type ScheduledTime } from './schedule.ts';

const postgres = usePostgres();
const nothing = saga<ScheduledTime>('nothing', async () => {});

function times(schedule: Schedule<unknown>, from: string, count: number): string[] {
  const found: string[] = [];
  let time: Date | undefined = new Date(from);
  while (found.length < count && time) {
    time = schedule.next(time);
    if (time) found.push(time.toISOString());
  }
  return found;
}

test('a daily time happens once a day, also where summer time leaves it out or has it twice', () => {
  const zone = 'America/New_York';
  assert.deepEqual(times(every('30 2 * * *', nothing, { zone }), '2025-03-08T08:00:00Z', 2), [
    '2025-03-09T07:00:00.000Z',
    '2025-03-10T06:30:00.000Z',
  ]);
  assert.deepEqual(times(every('30 1 * * *', nothing, { zone }), '2025-11-01T06:00:00Z', 2), [
    '2025-11-02T05:30:00.000Z',
    '2025-11-03T06:30:00.000Z',
  ]);
  assert.deepEqual(times(every('0 0 1 * *', nothing, { zone: 'Europe/Berlin' }), '2025-03-15', 2), [
    '2025-03-31T22:00:00.000Z',
    '2025-04-30T22:00:00.000Z',
  ]);
});

test('what is no pattern and no zone is refused where it is written', () => {
  for (const pattern of ['', '61 * * * *', '* * * * * *', 'soon']) {
    assert.throws(() => every(pattern, nothing), /schedule of nothing: .* is no time/, pattern);
  }
  assert.throws(() => every('0 3 * * *', nothing, { zone: 'Mars/Base' }), /Mars\/Base/);
});

test('sagas begin when their time has come, once each, and what was missed is made up for as was asked', async () => {
  const databaseUrl = await postgres.createDatabase();
  const clock = new TestClock('2026-01-01T12:00:00Z');
  const started: string[] = [];
  const note = (name: string) =>
    saga<ScheduledTime>(name, async ({ time }, { step }) => {
      await step('note', async () => void started.push(`${name} ${time.toISOString()}`));
    });
  const [last, all, none] = [note('last'), note('all'), note('none')];
  const schedules = [
    every('0 3 * * *', last),
    every('0 3 * * *', all, { missed: 'all' }),
    every('0 3 * * *', none, { missed: 'none' }),
  ];
  const later = note('later');
  const sagas: AnySaga<unknown>[] = [last, all, none, later];
  const open = () => openSagas<unknown>({ databaseUrl, sagas, schedules, clock });
  const known = async () =>
    (await query(databaseUrl, 'select from weft.schedule')).length === schedules.length;

  const first = await open();
  await eventually(known);
  await first.database
    .transaction()
    .execute((transaction) =>
      first.sagas.start(
        transaction,
        later,
        { time: clock.now() },
        { at: new Date('2026-01-02T03:00:00Z') },
      ),
    );
  clock.set('2026-01-02T03:00:00Z');
  await eventually(() => started.length === 4);
  assert.deepEqual(started.splice(0).toSorted(), [
    'all 2026-01-02T03:00:00.000Z',
    'last 2026-01-02T03:00:00.000Z',
    'later 2026-01-01T12:00:00.000Z',
    'none 2026-01-02T03:00:00.000Z',
  ]);
  await first.stop();

  clock.set('2026-01-04T12:00:00Z');
  const second = await open();
  await eventually(() => started.length === 3);
  clock.set('2026-01-05T03:00:00Z');
  await eventually(() => started.length === 6);
  assert.deepEqual(started.toSorted(), [
    'all 2026-01-03T03:00:00.000Z',
    'all 2026-01-04T03:00:00.000Z',
    'all 2026-01-05T03:00:00.000Z',
    'last 2026-01-04T03:00:00.000Z',
    'last 2026-01-05T03:00:00.000Z',
    'none 2026-01-05T03:00:00.000Z',
  ]);
  await second.stop();
});
