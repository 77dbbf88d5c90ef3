import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { Backlog } from './Backlog.ts';
import { Pace } from './Pace.ts';
import type { SourceBatch, TickSource } from './TickSource.ts';
import type { Ticks } from './Ticks.ts';

const never = new AbortController().signal;

/** Ticks 1 to `count`, in batches of one length. Remembers where its readings began. */
class CountingSource implements TickSource {
  readonly begins: number[] = [];
  read = 0;
  readonly #count: number;
  readonly #length: number;

  constructor(count: number, length: number) {
    this.#count = count;
    this.#length = length;
  }

  async *ticks(after: number, _pace: Pace, signal: AbortSignal): AsyncGenerator<Ticks> {
    this.begins.push(after);
    for (let next = after + 1; next <= this.#count && !signal.aborted; next += this.#length) {
      const length = Math.min(this.#length, this.#count - next + 1);
      const sequence = Array.from({ length }, (_, i) => next + i);
      this.read = next + length - 1;
      yield { sequence, price: sequence, size: sequence, atUs: sequence };
    }
  }
}

const backlogOf = (source: TickSource) => new Backlog(source, new Pace(0), never);

test('whatever a call loses, the next one sends; the source is read once', async () => {
  const event = fc.record({
    batches: fc.integer({ min: 1, max: 8 }),
    // How many of the ticks sent were committed when the call broke off.
    committedShare: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 200 }),
      fc.integer({ min: 1, max: 20 }),
      fc.array(event, { maxLength: 20 }),
      async (count, length, calls) => {
        const source = new CountingSource(count, length);
        const backlog = backlogOf(source);
        const received: number[] = [];
        let committed = 0;
        const take = (batch: SourceBatch, upTo: number) => {
          for (const number of batch.sequence) {
            if (number > committed && number <= upTo) {
              received.push(number);
              committed = number;
            }
          }
        };
        for (const { batches, committedShare } of calls) {
          const sent: SourceBatch[] = [];
          for await (const batch of backlog.batchesAfter(committed)) {
            sent.push(batch);
            if (sent.length === batches) break;
          }
          const last = sent.at(-1)?.sequence.at(-1) ?? 0;
          const upTo = committed + Math.floor((last - committed) * committedShare);
          for (const batch of sent) take(batch, upTo);
        }
        for await (const batch of backlog.batchesAfter(committed)) {
          take(batch, Number.POSITIVE_INFINITY);
          backlog.acknowledge(committed);
        }
        assert.ok(backlog.isFinished);
        assert.deepEqual(
          received,
          Array.from({ length: count }, (_, i) => i + 1),
        );
        assert.deepEqual(source.begins, [0]);
      },
    ),
  );
});

test('no more is read than may wait for acknowledgement', async () => {
  const source = new CountingSource(1_000_000, 4_096);
  const backlog = backlogOf(source);
  let taken = 0;
  const reading = (async () => {
    for await (const batch of backlog.batchesAfter(0)) taken += batch.sequence.length;
  })();
  while (taken < 524_288) await setImmediate();
  for (let i = 0; i < 100; i++) await setImmediate();
  assert.equal(taken, 524_288);
  assert.equal(source.read, 524_288);
  backlog.acknowledge(4_096 * 2);
  while (taken < 524_288 + 4_096 * 2) await setImmediate();
  for (let i = 0; i < 100; i++) await setImmediate();
  assert.equal(source.read, 524_288 + 4_096 * 2);
  // Lets the loop end.
  const acknowledging = setInterval(() => backlog.acknowledge(taken), 0);
  await reading;
  clearInterval(acknowledging);
});

test('a receiver that has forgotten ticks is sent them again', async () => {
  const source = new CountingSource(100, 10);
  const backlog = backlogOf(source);
  for await (const batch of backlog.batchesAfter(0))
    backlog.acknowledge(batch.sequence.at(-1) ?? 0);
  const again: number[] = [];
  for await (const batch of backlog.batchesAfter(35)) again.push(...batch.sequence);
  assert.deepEqual(source.begins, [0, 35]);
  assert.deepEqual(
    again,
    Array.from({ length: 65 }, (_, i) => 36 + i),
  );
});

test('the error of a source reaches who reads', async () => {
  const source: TickSource = {
    // biome-ignore lint/correctness/useYield: it fails first
    async *ticks() {
      throw new Error('burnt');
    },
  };
  await assert.rejects(Array.fromAsync(backlogOf(source).batchesAfter(0)), /burnt/);
});
