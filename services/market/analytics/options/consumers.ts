import { UserDeleted } from '@weft/proto/identity/v1/events';
import { ChainEnriched } from '@weft/proto/market/v1/enriched';
import { type Consumer, on } from '../../../kit/events/on.ts';
import type { DB } from '../database.ts';
import { fireAlerts } from './alerts/fireAlerts.ts';
import { chainHead } from './chains/chainHead.ts';
import { keepChain } from './chains/keepChain.ts';
import { keepTrends } from './trends/keepTrends.ts';

/** What is done about events of option markets. */
export const consumers: readonly Consumer<DB>[] = [
  on(chainHead, async (head, { transaction, events }) => {
    if (await keepChain(transaction, head)) {
      await fireAlerts(transaction, events, head, new Date());
    }
  }),
  on(ChainEnriched, (enriched, { transaction }) => keepTrends(transaction, enriched)),
  on(UserDeleted, async ({ userId }, { transaction }) => {
    await transaction.deleteFrom('price_alert').where('user_id', '=', userId).execute();
  }),
];
