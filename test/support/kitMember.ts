/**
 * `kitMember.ts ledger FOLDER`, `kitMember.ts reader FOLDER`: services of the kit, as children of a test, with which they
 * die. The ledger takes deposits by idempotency key and publishes them, the reader consumes them.
 */
import { implement, runService } from '@weft/mesh/runtime';
import { Deposited, LedgerServiceDefinition } from '@weft/proto/testing/v1/ledger';
import { ownDatabase } from '../../services/kit/database/OwnDatabase.ts';
import { defineService } from '../../services/kit/defineService.ts';
import { on } from '../../services/kit/events/on.ts';
import { transactionOf } from '../../services/kit/idempotency/transactionOf.ts';

interface Ledger {
  deposit: { account: string; number: number };
}
interface Reader {
  applied: { account: string; number: number };
}

const [kind, folder = ''] = process.argv.slice(2);
process.on('disconnect', () => process.exit());

const ledger = defineService({
  database: ownDatabase<Ledger>(folder),
  setup: ({ events }) => [
    implement(LedgerServiceDefinition, {
      async deposit({ account, cents }, context) {
        const transaction = transactionOf<Ledger>(context);
        await transaction.insertInto('deposit').values({ account, number: cents }).execute();
        await events.add(transaction, Deposited, { account, cents, number: cents });
        return { balanceCents: cents };
      },
    }),
  ],
});
const reader = defineService({
  database: ownDatabase<Reader>(folder),
  consumes: [
    on<Deposited, Reader>(Deposited, async ({ account, number }, { transaction }) => {
      await transaction.insertInto('applied').values({ account, number }).execute();
    }),
  ],
  setup: () => [],
});
if (kind === 'ledger') await runService(ledger, { manifest: { name: 'testing-ledger' } });
else {
  await runService(reader, {
    manifest: { name: 'reader', consumes: ['testing-ledger.deposited'] },
  });
}
process.send?.('serving');
