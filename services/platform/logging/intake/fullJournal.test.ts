import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorReason } from '@weft/mesh/runtime';
import { quietLog } from '../../../kit/testing/quietLog.ts';
import { LoggingReason } from '../LoggingReason.ts';
import { VictoriaLogs } from '../store/VictoriaLogs.ts';
import { openTestLogging } from '../testing/openTestLogging.ts';

test('when there is no room lines are refused at once, counted and told of, and taken again once there is', async () => {
  const said: string[] = [];
  const say = (_: object, text: string) => void said.push(text);
  const log = { ...quietLog, error: say, info: say } as typeof quietLog;
  // Nobody listens there: what is taken in stays in the journal.
  const store = new VictoriaLogs({ url: 'http://127.0.0.1:9' });
  await using own = await openTestLogging(store, { maxBytes: 100_000, log });
  const { journal, intake, ledger } = own.logging;
  const batch = (first: number) =>
    Array.from({ length: 100 }, (_, at) => ({ level: 'info', msg: `full ${first + at}` }));
  let taken = 0;
  const full = await (async () => {
    for (;;) {
      try {
        await own.write('full', batch(taken), taken);
        taken += 100;
      } catch (error) {
        return error;
      }
    }
  })();
  assert.equal(errorReason(full), LoggingReason.LOG_INTAKE_FULL);
  assert.ok(taken > 0 && journal.bytes <= 100_000, `${taken} lines, ${journal.bytes} bytes`);
  await assert.rejects(() => own.write('full', batch(taken), taken));
  assert.equal(intake.refused.get('full'), 200);
  const account = ledger.accounts.get('full');
  assert.deepEqual([account?.accepted, account?.pending], [taken, taken]);
  assert.deepEqual(said, ['lines are refused']);
  // A smaller one has room.
  await own.write('other', [{ level: 'info', msg: 'small' }]);
  assert.deepEqual(said, ['lines are refused', 'lines are taken in again']);
});
