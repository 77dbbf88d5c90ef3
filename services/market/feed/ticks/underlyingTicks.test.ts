import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { eventually } from '@weft/mesh/testing/eventually';
import type { ChainUpdated } from '@weft/proto/market/v1/option_market';
import { quietLog } from '../../../kit/testing/quietLog.ts';
import { microsFromTimestamp } from '../../../kit/time.ts';
import { Pace } from '../../ticks/Pace.ts';
import { firstUpdates, productJson, testSettings } from '../testing/testMarket.ts';
import { UnderlyingTicks } from './UnderlyingTicks.ts';

const chains = firstUpdates(
  testSettings({ products: [productJson({ strikesEachSide: 1 })] }),
  9_000,
);
let stop: AbortController;
beforeEach(() => {
  stop = new AbortController();
});
afterEach(() => stop.abort());

/** What the stream has, up to a number and from another one on. */
interface Stored {
  newest: number;
  oldest: number;
  /** How often it has been read. */
  reads: number;
  fails: number;
}

function open(stored: Partial<Stored>) {
  const state: Stored = { newest: 0, oldest: 1, reads: 0, fails: 0, ...stored };
  const warnings: object[] = [];
  const source = new UnderlyingTicks({
    product: 'ALFA',
    async *chainsBehind(last) {
      state.reads += 1;
      for (let number = Math.max(last + 1, state.oldest); number <= state.newest; number += 1) {
        if (state.fails > 0 && number > last + 2) {
          state.fails -= 1;
          throw new Error('NATS is away');
        }
        yield chains[number - 1] as ChainUpdated;
      }
    },
    log: { ...quietLog, warn: (fields) => void warnings.push(fields) },
  });
  const tell = (from: number, to: number) => {
    for (let number = from; number <= to; number += 1) {
      state.newest = number;
      source.add(chains[number - 1] as ChainUpdated);
    }
  };
  return { state, source, tell, warnings };
}

/** Reads on, each batch for itself. */
function follow(source: UnderlyingTicks, after: number) {
  const numbers: number[] = [];
  const running = (async () => {
    for await (const batch of source.ticks(after, new Pace(0), stop.signal)) {
      for (const [at, sequence] of batch.sequence.entries()) {
        const chain = chains[sequence - 1] as ChainUpdated;
        assert.equal(batch.price[at], chain.underlyingPrice);
        assert.equal(batch.size[at], chain.underlyingVolume);
        assert.equal(batch.atUs[at], chain.marketTime && microsFromTimestamp(chain.marketTime));
        numbers.push(sequence);
      }
    }
  })();
  return { numbers, running };
}

const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

test('what another instance has told the stream and not sent comes first, then what is made here, each once', async () => {
  const { source, tell, warnings, state } = open({ newest: 7 });
  const { numbers } = follow(source, 3);
  await eventually(() => assert.deepEqual(numbers, range(4, 7)));
  tell(8, 12);
  tell(13, 13);
  await eventually(() => assert.deepEqual(numbers, range(4, 13)));
  assert.deepEqual([warnings, state.reads], [[], 1]);
});

test('what has been made while a slow receiver held it up is read from the stream, without a gap', async () => {
  const { source, tell, warnings } = open({});
  const ticks = source.ticks(0, new Pace(0), stop.signal);
  tell(1, 10);
  const numbers = [...((await ticks.next()).value?.sequence ?? [])];
  // More than are remembered.
  tell(11, 9_000);
  while ((numbers.at(-1) ?? 0) < 9_000)
    numbers.push(...((await ticks.next()).value?.sequence ?? []));
  assert.deepEqual(numbers, range(1, 9_000));
  assert.deepEqual(warnings, []);
});

test('a receiver that knows more than there is yet is sent what is behind that', async () => {
  const { source, tell } = open({ newest: 4 });
  const { numbers } = follow(source, 6);
  tell(5, 6);
  tell(7, 8);
  await eventually(() => assert.deepEqual(numbers, [7, 8]));
});

test('what the stream has no more is said, and the rest goes on', async () => {
  const { source, tell, warnings } = open({ oldest: 100, newest: 102 });
  const { numbers } = follow(source, 90);
  await eventually(() => assert.deepEqual(numbers, range(100, 102)));
  assert.deepEqual(warnings, [{ product: 'ALFA', from: 91, to: 99 }]);
  tell(103, 103);
  await eventually(() => assert.deepEqual(numbers, range(100, 103)));
});

test('a stream that cannot be read is read on where that broke off, and nothing comes twice', async () => {
  const { source, warnings } = open({ newest: 8, fails: 2 });
  const { numbers, running } = follow(source, 0);
  await eventually(() => assert.deepEqual(numbers, range(1, 8)), 20_000);
  assert.equal(warnings.length, 2);
  stop.abort();
  await running;
});
