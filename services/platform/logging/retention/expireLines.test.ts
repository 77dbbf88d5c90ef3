import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { eventually } from '../../../../mesh/testing/eventually.ts';
import { quietLog } from '../../../kit/testing/quietLog.ts';
import { TestVictoriaLogs } from '../testing/TestVictoriaLogs.ts';
import { expireLines } from './expireLines.ts';
import { Retention } from './Retention.ts';

let victoriaLogs: TestVictoriaLogs;
before(async () => {
  victoriaLogs = await TestVictoriaLogs.start();
});
after(() => victoriaLogs?.stop());

const DAY_MS = 86_400_000;

test('lines of a service that are older than its own are kept go, and no others', async () => {
  const { store } = victoriaLogs;
  const line = (service: string, days: number) =>
    `${JSON.stringify({ _time: new Date(Date.now() - days * DAY_MS).toISOString(), _msg: `${service} ${days}`, service, instance: '' })}\n`;
  const lines = ['brief', 'long'].flatMap((service) =>
    [1, 6, 8].map((days) => line(service, days)),
  );
  await store.insert(Buffer.from(lines.join('')));
  await store.flush();
  const messages = async () => (await store.query('*')).lines.map(({ _msg }) => _msg).sort();
  const kept = ['brief 1', 'brief 6', 'long 1', 'long 6', 'long 8'];
  await eventually(async () => assert.deepEqual(await messages(), [...kept, 'brief 8'].sort()));
  const stop = expireLines(new Retention('30d, brief=7d'), store, quietLog);
  try {
    await eventually(async () => assert.deepEqual(await messages(), kept), 120_000);
  } finally {
    stop();
  }
});
