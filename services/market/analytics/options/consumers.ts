import { UserDeleted } from '@weft/proto/identity/v1/events';
import type { ConsumeContext } from '../../../kit/defineService.ts';
import { Events } from '../../../kit/events/Events.ts';
import { type Consumer, on } from '../../../kit/events/on.ts';
import type { DB } from '../database.ts';
import { fireAlerts } from './alerts/fireAlerts.ts';
import { chainHead } from './chains/chainHead.ts';
import { keepChain } from './chains/keepChain.ts';

/** What is done about events of option markets. */
export function consumers({ contracts }: Pick<ConsumeContext<DB>, 'contracts'>): Consumer<DB>[] {
  // Those that are added are found when who publishes looks for himself, within some seconds.
  const events = new Events({ contracts, service: 'analytics', onAdded: () => {} });
  return [
    on(chainHead, async (head, { transaction }) => {
      if (await keepChain(transaction, head)) {
        await fireAlerts(transaction, events, head, new Date());
      }
    }),
    on(UserDeleted, async ({ userId }, { transaction }) => {
      await transaction.deleteFrom('price_alert').where('user_id', '=', userId).execute();
    }),
  ];
}
