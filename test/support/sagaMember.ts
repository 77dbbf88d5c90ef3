/**
 * `sagaMember.ts FOLDER`: a service with sagas, as a child of a test, with which it dies. It starts two: one whose second step
 * fails, and one behind a step that cannot be undone.
 */
import { runService } from '@weft/mesh/runtime';
import { ownDatabase } from '../../services/kit/database/OwnDatabase.ts';
import { transact } from '../../services/kit/database/transact.ts';
import { defineService } from '../../services/kit/defineService.ts';
import { saga } from '../../services/kit/sagas/saga.ts';

const [folder = ''] = process.argv.slice(2);
process.on('disconnect', () => process.exit());

const fails = () => Promise.reject(new Error('the \x1b[31mbank is closed'));
const stuck = saga<null, void, object>('stuck', async (_, { step }) => {
  await step('first', async () => 1, { undo: async () => {} });
  await step('second', fails, { attempts: 1_000, undo: async () => {} });
});
const forward = saga<null, void, object>('forward', async (_, { step }) => {
  await step('sent', async () => 1, { irreversible: true });
  await step('noted', fails);
});

const service = defineService({
  database: ownDatabase<object>(folder),
  sagas: [stuck, forward],
  async setup({ database, sagas }) {
    await transact(database, async (transaction) => {
      await sagas.start(transaction, stuck, null, { key: 'order-1', actor: 'user:4711' });
      await sagas.start(transaction, forward, null);
    });
    return [];
  },
});
await runService(service, { manifest: { name: 'bank' } });
process.send?.('serving');
