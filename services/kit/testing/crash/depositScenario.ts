/** A scenario: deposits that one service makes and tells, and another one hears of. */

import { Contracts } from '@weft/mesh/contracts';
import { eventually } from '@weft/mesh/testing/eventually';
import { Deposited } from '@weft/proto/testing/v1/ledger';
import { transact } from '../../database/transact.ts';
import { on } from '../../events/on.ts';
import { openMember } from '../openMember.ts';
import { type EventSetting, natsOf } from './EventSetting.ts';
import { runScenario } from './runScenario.ts';

export interface DepositSetting extends EventSetting {
  readonly ledgerUrl: string;
  readonly readerUrl: string;
  readonly ledgerMigrations: string;
  readonly readerMigrations: string;
  readonly deposits: number;
}

interface Ledger {
  deposit: { number: number };
}
interface Reader {
  applied: { number: number };
}

await runScenario<DepositSetting>(async (setting) => {
  const nats = natsOf(setting);
  const shared = { contracts: Contracts.load(), nats, leaseMs: 400 };
  const ledger = await openMember<Ledger>({
    ...{ ...shared, service: 'testing-ledger', databaseUrl: setting.ledgerUrl },
    migrations: setting.ledgerMigrations,
  });
  const reader = await openMember<Reader>({
    ...{ ...shared, service: 'reader', databaseUrl: setting.readerUrl },
    migrations: setting.readerMigrations,
    consumers: [
      on<Deposited, Reader>(Deposited, async ({ number }, { transaction }) => {
        await transaction.insertInto('applied').values({ number }).execute();
      }),
    ],
  });
  const count = () =>
    ledger.database
      .selectFrom('deposit')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
  const deposit = (number: number) =>
    transact(ledger.database, async (transaction) => {
      await transaction.insertInto('deposit').values({ number }).execute();
      await ledger.events.add(transaction, Deposited, { account: 'a', cents: 1, number });
    });
  let made = Number((await count()).count);
  while (made < setting.deposits) await deposit(++made);
  // One more in each run: when it has come, so has all before it that might come once more.
  const last = made + 1;
  await deposit(last);
  await eventually(async () => {
    const rows = await reader.database.selectFrom('applied').selectAll().execute();
    return rows.some(({ number }) => number === last);
  }, 40_000);
  await reader.stop();
  await ledger.stop();
});
