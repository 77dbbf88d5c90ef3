import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { EventLog } from './EventLog.ts';

const origin = (place: number, outbox = 'one') => ({ outbox, place });
const told = (room: string, payload: number) => ({ room, emit: 'a', payload });

test('whoever stands anywhere is told all that came after in his room, or that it is not known', () => {
  const events = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 60 });
  fc.assert(
    fc.property(
      events,
      fc.nat(20),
      fc.nat(80),
      fc.integer({ min: 1, max: 9 }),
      (rooms, most, from, once) => {
        const log = new EventLog(most);
        log.begin('e', 5);
        rooms.forEach(
          (room, index) => void log.add(6 + index, origin(6 + index), [told(room, 6 + index)]),
        );
        const head = 5 + rooms.length;
        assert.equal(log.head, head);
        const heard: unknown[] = [];
        let offset = String(from);
        for (;;) {
          const updates = log.after('a', { epoch: 'e', offset }, once);
          if (!updates) {
            assert.ok(from > head || from < Math.max(5, head - most), 'it is remembered');
            return;
          }
          if (updates.length === 0) break;
          heard.push(...updates.map(({ parts }) => parts.payload));
          offset = updates.at(-1)?.parts.offset ?? '';
        }
        assert.ok(from >= Math.max(5, head - most), 'it is forgotten');
        const all = rooms.flatMap((room, index) => (room === 'a' ? [6 + index] : []));
        assert.deepEqual(
          heard,
          all.filter((number) => number > from),
        );
      },
    ),
  );
});

test('nothing is known of another epoch, nor of what was before a new beginning', () => {
  const log = new EventLog(10);
  log.begin('one', 0);
  log.add(1, origin(1), [told('a', 1)]);
  log.begin('one', 7);
  assert.equal(log.after('a', { epoch: 'one', offset: '1' }, 9), undefined);
  assert.deepEqual(log.after('a', { epoch: 'one', offset: '7' }, 9), []);
  log.begin('two', 0);
  assert.equal(log.after('a', { epoch: 'one', offset: '7' }, 9), undefined);
});

test('who begins with a snapshot is told what is not in it, once, wherever he breaks off and goes on', () => {
  const arbitrary = fc.record({
    events: fc.array(
      fc.record({ room: fc.constantFrom('a', 'b'), outbox: fc.constantFrom('one', 'two') }),
      { maxLength: 40 },
    ),
    since: fc.nat(40),
    last: fc.nat(40),
    besides: fc.uniqueArray(fc.integer({ min: 1, max: 40 })),
    once: fc.integer({ min: 1, max: 5 }),
  });
  fc.assert(
    fc.property(arbitrary, ({ events, since, last, besides, once }) => {
      const log = new EventLog(100);
      log.begin('e', 0);
      events.forEach(({ room, outbox }, index) => {
        const place = index + 1;
        log.add(place, origin(place, outbox), [told(room, place)]);
      });
      const from = Math.min(since, log.head);
      const asOf = {
        outbox: 'one',
        last: Math.max(last, from),
        besides: besides.toSorted((one, two) => one - two),
      };
      let position = log.positionOf('a', { epoch: 'e', offset: String(from) }, asOf);
      const heard: unknown[] = [];
      for (;;) {
        assert.ok(position);
        const [next] = log.after('a', position, once) ?? [];
        if (!next) break;
        heard.push(next.parts.payload);
        position = next.position;
      }
      const expected = events.flatMap(({ room, outbox }, index) => {
        const place = index + 1;
        const isIn = outbox === 'one' && (place <= asOf.last || besides.includes(place));
        return room === 'a' && place > from && !isIn ? [place] : [];
      });
      assert.deepEqual(heard, expected);
    }),
  );
});
