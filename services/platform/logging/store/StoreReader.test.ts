import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { errorReason } from '@weft/mesh/runtime';
import { eventually } from '../../../../mesh/testing/eventually.ts';
import { LoggingReason } from '../LoggingReason.ts';
import { TestVictoriaLogs } from '../testing/TestVictoriaLogs.ts';
import { StoreReader } from './StoreReader.ts';

let victoriaLogs: TestVictoriaLogs;
before(async () => {
  victoriaLogs = await TestVictoriaLogs.start();
});
after(() => victoriaLogs?.stop());

test('a read asks the store once, and is refused by the process that has come in place of the one that has all', async () => {
  const { store } = victoriaLogs;
  const epoch = Number(await eventually(async () => (await store.startTime()) ?? false));
  let [asked, suspected] = [0, 0];
  const counted = {
    query: (query: string) => store.query(query),
    startTime() {
      asked += 1;
      return store.startTime();
    },
  };
  const writer = {
    wholeEpoch: epoch,
    suspect() {
      suspected += 1;
    },
  };
  const reader = new StoreReader(counted, writer);
  const read = () => reader.read('*', 'position', 10);
  for (let reads = 0; reads < 5; reads += 1) assert.deepEqual((await read()).lines, []);
  assert.equal(asked, 1);
  await victoriaLogs.kill();
  await victoriaLogs.run();
  await eventually(() => store.startTime().then((time) => time !== undefined));
  await assert.rejects(read(), (error) => {
    assert.equal(errorReason(error), LoggingReason.LOG_STORE_UNAVAILABLE);
    return true;
  });
  assert.equal(asked, 2);
  assert.equal(suspected, 1);
});
