import assert from 'node:assert/strict';
import { test } from 'node:test';
import { status as Status } from '@grpc/grpc-js';
import type { WriteLogLinesRequest } from '@weft/proto/logging/v1/intake';
import { pino } from 'pino';
import { eventually } from '../../testing/eventually.ts';
import { RpcError } from '../rpc/RpcError.ts';
import { LogShipper } from './LogShipper.ts';

/** Takes batches as the service does: what it has had before it takes once. */
class Keeper {
  readonly lines: string[] = [];
  readonly batches: WriteLogLinesRequest[] = [];
  /** What the next calls end with. A `lost` answer is one to what has been taken. */
  readonly failures: ('lost' | Status)[] = [];

  readonly send = async (batch: WriteLogLinesRequest): Promise<void> => {
    const failure = this.failures.shift();
    if (failure !== undefined && failure !== 'lost') throw new RpcError(failure, 'a failure');
    this.batches.push(batch);
    this.lines.push(...batch.lines.slice(Math.max(0, this.lines.length - batch.firstSequence)));
    if (failure === 'lost') throw new RpcError(Status.UNAVAILABLE, 'no answer');
  };
}

test('what was logged before anybody could be called arrives, and each line once though answers are lost', async () => {
  const shipper = new LogShipper();
  const log = pino({ base: null, timestamp: false }, shipper);
  const keeper = new Keeper();
  keeper.failures.push(Status.UNAVAILABLE, 'lost', 'lost');
  log.info('first');
  shipper.start(keeper.send);
  log.info('second');
  await eventually(() => assert.equal(shipper.sent, 2));
  log.info('third');
  await shipper.stop();
  const messages = keeper.lines.map((line) => JSON.parse(line).msg);
  assert.deepEqual(messages, ['first', 'second', 'third']);
  assert.equal(new Set(keeper.batches.map(({ run }) => run)).size, 1);
  assert.equal(shipper.sent, 3);
  assert.equal(shipper.dropped, 0);
});

test('a log that nobody takes costs its service a bounded memory, and what was dropped is told', async () => {
  const shipper = new LogShipper();
  const line = `${'x'.repeat(1_000)}\n`;
  for (let at = 0; at < 100_000; at += 1) shipper.write(line);
  const kept = 100_000 - shipper.dropped;
  assert.ok(kept * line.length <= 2 * 1_048_576 && kept > 2_000, String(kept));
  const keeper = new Keeper();
  shipper.start(keeper.send);
  await shipper.stop();
  assert.equal(keeper.lines.length, kept);
  assert.equal(
    keeper.batches.reduce((sum, { dropped }) => sum + dropped, 0),
    shipper.dropped,
  );
  assert.ok(keeper.batches.every(({ lines }) => lines.join('').length <= 262_144));
});

test('a batch that is refused for good is given up, and the next one goes', async () => {
  const shipper = new LogShipper();
  const keeper = new Keeper();
  keeper.failures.push(Status.INVALID_ARGUMENT);
  shipper.write('refused\n');
  shipper.start(keeper.send);
  await eventually(() => assert.equal(shipper.dropped, 1));
  shipper.write('taken\n');
  await shipper.stop();
  assert.deepEqual(keeper.batches, [
    { ...keeper.batches[0], firstSequence: 1, lines: ['taken\n'], dropped: 1 },
  ]);
});

test('a process stops although nobody takes its last lines', async () => {
  const shipper = new LogShipper();
  shipper.write('last\n');
  shipper.start(async () => {
    throw new RpcError(Status.UNAVAILABLE, 'nobody is there');
  });
  await shipper.stop();
  assert.equal(shipper.sent, 0);
});

test('a line as long as a message may be is cut, not lost', async () => {
  const shipper = new LogShipper();
  const keeper = new Keeper();
  shipper.write(`${'\u2603'.repeat(1_500_000)}\n`);
  shipper.start(keeper.send);
  await shipper.stop();
  assert.equal(keeper.lines[0]?.length, 1_048_576);
});
