/**
 * `transferMember.ts DATABASE_URL OUTSIDE_URL INSTANCE`: an instance of a service with the sample saga, as a child of a test,
 * with which it dies. It starts the transfers that it is told of, and answers with their ids.
 */
import { transact } from '../../database/transact.ts';
import { openSagas } from './openSagas.ts';
import { type Transfer, transferSaga } from './transfer.ts';

const [databaseUrl = '', outsideUrl = '', instance = '1'] = process.argv.slice(2);
process.on('disconnect', () => process.exit());
const transfer = transferSaga(outsideUrl);
const member = await openSagas<unknown>({
  ...{ databaseUrl, instance: Number(instance), sagas: [transfer] },
});
process.on('message', async (asked) => {
  const { database, sagas } = member;
  const id = await transact(database, (transaction) =>
    sagas.start(transaction, transfer, asked as Transfer),
  );
  process.send?.(id);
});
process.once('SIGTERM', async () => {
  await member.stop();
  process.exit();
});
process.send?.('ready');
