import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { RpcError, Status } from '@weft/mesh/runtime';
import { BadRows, FeedState } from '@weft/proto/market/v1/trading';
import { usePostgres } from '../../../kit/testing/usePostgres.ts';
import { clientOf } from '../testing/clientOf.ts';
import { migrations, openTrading, type TestTrading } from '../testing/openTrading.ts';
import { TestReceiver } from '../testing/TestReceiver.ts';
import { temporaryFolder } from '../testing/temporaryFolder.ts';
import { type ReplayOptions, replayFile } from './replayFile.ts';
import { startDemo } from './startDemo.ts';

const postgres = usePostgres();
let url: string;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let receiver: TestReceiver;
let trading: TestTrading;
let file: string;
beforeEach(async () => {
  url = await postgres.createDatabase(migrations);
  folder = await temporaryFolder();
  file = path.join(folder.path, 'ticks.csv');
  receiver = new TestReceiver();
  await startTrading();
});
afterEach(async () => {
  await trading.close();
  await folder.remove();
});

async function startTrading(): Promise<void> {
  trading = await openTrading(url, path.join(folder.path, 'stored'), receiver);
}

async function writeTicks(count: number, broken?: string): Promise<void> {
  const lines = Array.from({ length: count }, (_, i) => `${1_600_000_000 + i},${i + 1},1`);
  await writeFile(file, ['time,price,size', ...lines, ...(broken ? [broken] : [])].join('\n'));
}

const signal = AbortSignal.timeout(60_000);
function replay(options: Partial<ReplayOptions> = {}) {
  return replayFile({
    trading: clientOf(() => trading.handlers),
    file,
    symbol: 'A',
    badRows: BadRows.REFUSE,
    ticksPerSecond: 0,
    signal,
    ...options,
  });
}

test('a file is uploaded, sent and acknowledged; the second time there is nothing to do', async () => {
  await writeTicks(50_000);
  const uploads: [number, number][] = [];
  const first = await replay({ onUpload: (sent, total) => uploads.push([sent, total]) });
  assert.equal(first.feed.acknowledgedSequence, 50_000);
  assert.equal(first.wasComplete, false);
  const last = uploads.at(-1);
  assert.equal(last?.[0], last?.[1]);
  const second = await replay();
  assert.equal(second.wasComplete, true);
  assert.equal(receiver.ticks.length, 50_000);
});

test('calls that fail because trading is away are made again', async () => {
  await writeTicks(10);
  const failed = new Set<string>();
  const flaky = clientOf(
    () => trading.handlers,
    (method) => {
      if (failed.has(method)) return undefined;
      failed.add(method);
      return new RpcError(Status.UNAVAILABLE, 'away');
    },
  );
  const { feed } = await replay({ trading: flaky });
  assert.equal(feed.acknowledgedSequence, 10);
  assert.deepEqual([...failed].sort(), ['createFeed', 'uploadFile', 'watchFeed']);
});

test('trading may be started again in the middle', async () => {
  await writeTicks(3_000);
  let restarted: Promise<void> | undefined;
  const { feed } = await replay({
    ticksPerSecond: 3_000,
    onProgress: ({ acknowledgedSequence }) => {
      if (acknowledgedSequence > 500) restarted ??= trading.close().then(startTrading);
    },
  });
  await restarted;
  assert.ok(restarted, 'the replay was over before the restart: nothing was shown');
  assert.equal(feed.state, FeedState.FINISHED);
  assert.deepEqual(
    receiver.ticks.map(({ sequence }) => sequence),
    Array.from({ length: 3_000 }, (_, i) => i + 1),
  );
});

test('a broken row is refused with its number, or skipped', async () => {
  await writeTicks(3, '1600000009,1');
  await assert.rejects(replay(), /row 5: has 2 fields, the header has 3/);
  const { feed } = await replay({ badRows: BadRows.SKIP });
  assert.deepEqual([feed.acknowledgedSequence, feed.skippedRowCount], [3, 1]);
});

test('a file that is missing, empty or a folder is told at once', async () => {
  await assert.rejects(replay(), /there is no file .*ticks\.csv/);
  await writeFile(file, '');
  await assert.rejects(replay(), /is empty/);
  await assert.rejects(replay({ file: folder.path }), /is not a file/);
});

test('a feed that fails or is stopped ends the wait with its reason', async () => {
  await writeTicks(1_000);
  receiver.refuse(Status.INVALID_ARGUMENT);
  await assert.rejects(replay(), /the feed has failed: the receiver answers INVALID_ARGUMENT/);
  receiver.refuse(Status.UNAVAILABLE);
  const stopped = replay({
    onProgress: ({ feedId, state }) => {
      if (state === FeedState.WAITING) clientOf(() => trading.handlers).stopFeed({ feedId });
    },
  });
  await assert.rejects(stopped, /the feed was stopped/);
});

test('the demo feed is one feed, however often it is started', async () => {
  const client = clientOf(() => trading.handlers);
  const first = await startDemo({ trading: client, signal });
  const second = await startDemo({ trading: client, signal });
  assert.equal(first?.feedId, second?.feedId);
  assert.equal(second?.state, FeedState.RUNNING);
});
