/** `eventsMember.ts FOLDER`: a service that hears of deposits and refuses some, as a child of a test, with which it dies. */
import { runService } from '@weft/mesh/runtime';
import { Deposited } from '@weft/proto/testing/v1/ledger';
import { ownDatabase } from '../../services/kit/database/OwnDatabase.ts';
import { defineService } from '../../services/kit/defineService.ts';
import { on } from '../../services/kit/events/on.ts';

interface Reader {
  refused: { account: string };
  applied: { account: string; number: number };
}

const [folder = ''] = process.argv.slice(2);
process.on('disconnect', () => process.exit());

const reader = defineService({
  database: ownDatabase<Reader>(folder),
  consumes: [
    on<Deposited, Reader>(
      Deposited,
      async ({ account, number }, { transaction }) => {
        const refused = await transaction
          .selectFrom('refused')
          .selectAll()
          .where('account', '=', account)
          .execute();
        if (refused.length > 0) throw new Error('the \x1b[31maccount is closed');
        await transaction.insertInto('applied').values({ account, number }).execute();
      },
      { attempts: 1 },
    ),
  ],
  setup: () => [],
});
const manifest = { name: 'reader', consumes: ['testing-ledger.deposited'] };
await runService(reader, { manifest });
process.send?.('serving');
