import type { JsonObject } from '@bufbuild/protobuf';
import type { Contracts, EventContract } from '@weft/mesh/contracts';
import type { ConsumeContext } from '../../../kit/defineService.ts';
import { type Consumer, on } from '../../../kit/events/on.ts';
import type { DB } from '../database.ts';
import { onMailRequested } from '../mails/onMailRequested.ts';
import { anyEvent } from './anyEvent.ts';
import { applyRules } from './applyRules.ts';
import { forgetUser } from './forgetUser.ts';

/** Asks for a mail that identity keeps: see onMailRequested(). */
const MAIL_REQUESTED = 'identity.mail_requested';
const USER_DELETED = 'identity.user_deleted';

/** What is done about each event that the manifest names: what the rules say, whatever it is. */
export function consumers({
  consumes,
  contracts,
  database,
}: Pick<ConsumeContext<DB>, 'consumes' | 'contracts' | 'database'>): Consumer<DB>[] {
  return consumes.map((subject) =>
    subject === MAIL_REQUESTED
      ? onMailRequested(database)
      : onEvent(eventOf(contracts, subject), contracts, database),
  );
}

/** The event of this subject. @throws Error when there is none. */
function eventOf(contracts: Contracts, subject: string): EventContract {
  const event = [...contracts.events.values()].find((each) => each.subject === subject);
  if (event) return event;
  throw new Error(`there is no event ${subject}, which the manifest names`);
}

function onEvent(
  contract: EventContract,
  contracts: Contracts,
  database: ConsumeContext<DB>['database'],
): Consumer<DB> {
  const { subject } = contract;
  return on<JsonObject, DB>(
    anyEvent(contract, contracts),
    async (event, { transaction, key, time }) => {
      if (subject === USER_DELETED) await forgetUser(transaction, key);
      await applyRules(database, transaction, { contract, subject, key, time, event });
    },
  );
}
