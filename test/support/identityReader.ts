/** `identityReader.ts FOLDER`: a service that hears of users, as a child of a test, with which it dies. */
import { runService } from '@weft/mesh/runtime';
import { UserRegistered } from '@weft/proto/identity/v1/events';
import { ownDatabase } from '../../services/kit/database/OwnDatabase.ts';
import { defineService } from '../../services/kit/defineService.ts';
import { on } from '../../services/kit/events/on.ts';

interface Reader {
  applied: { user_id: string };
}

const [folder = ''] = process.argv.slice(2);

const reader = defineService({
  database: ownDatabase<Reader>(folder),
  consumes: [
    on<UserRegistered, Reader>(UserRegistered, async ({ userId }, { transaction }) => {
      await transaction.insertInto('applied').values({ user_id: userId }).execute();
    }),
  ],
  setup: () => [],
});
const manifest = { name: 'reader', consumes: ['identity.user_registered'] };
await runService(reader, { manifest });
