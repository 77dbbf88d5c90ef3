/** A scenario: two transfers, of which one is refused at its third step, until both have ended. */
import { transact } from '../../database/transact.ts';
import { runScenario } from '../crash/runScenario.ts';
import { openSagas } from './openSagas.ts';
import { transferSaga } from './transfer.ts';

export interface TransferSetting {
  readonly databaseUrl: string;
  readonly outsideUrl: string;
}

await runScenario<TransferSetting>(async ({ databaseUrl, outsideUrl }) => {
  const transfer = transferSaga(outsideUrl);
  const { database, sagas, stop } = await openSagas<unknown>({ databaseUrl, sagas: [transfer] });
  for (const [name, refused] of [
    ['done', ''],
    ['undone', 'credit'],
  ] as const) {
    const id = await transact(database, (transaction) =>
      sagas.start(transaction, transfer, { name, refused }, { key: name }),
    );
    await sagas.ended(id, AbortSignal.timeout(40_000));
  }
  await stop();
});
