/** A scenario: a market is told, and history hears of it. */

import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Contracts } from '@weft/mesh/contracts';
import { eventually } from '@weft/mesh/testing/eventually';
import { ChainUpdated } from '@weft/proto/market/v1/option_market';
import { onBatch } from '../../../kit/events/on.ts';
import { type EventSetting, natsOf } from '../../../kit/testing/crash/EventSetting.ts';
import { runScenario } from '../../../kit/testing/crash/runScenario.ts';
import { openMember } from '../../../kit/testing/openMember.ts';
import { firstUpdates, testSettings } from '../../feed/testing/testMarket.ts';
import type { DB } from '../database.ts';
import { Partitions } from '../store/Partitions.ts';
import { storeChains } from '../store/storeChains.ts';

export interface HistorySetting extends EventSetting {
  readonly feedUrl: string;
  readonly historyUrl: string;
  /** Chains that are told. */
  readonly chains: number;
}

const migrations = (service: string) =>
  fileURLToPath(new URL(`../../${service}/migrations`, import.meta.url));

await runScenario<HistorySetting>(async (setting) => {
  const { feedUrl, historyUrl } = setting;
  const nats = natsOf(setting);
  const shared = { contracts: Contracts.load(), nats, leaseMs: 2_000 };
  const chains = firstUpdates(testSettings(), setting.chains);
  const feed = await openMember({
    ...{ ...shared, service: 'feed', databaseUrl: feedUrl, migrations: migrations('feed') },
  });
  const history = await openMember<DB>({
    ...{ ...shared, service: 'history', databaseUrl: historyUrl },
    migrations: migrations('history'),
    consumers: [onBatch(ChainUpdated, storeChains(new Partitions()))],
  });
  feed.stream.write(async (term) => {
    // Goes on from what is told, as the feed does; two at a time, so that some come in one transaction.
    const symbols = [...new Set(chains.map(({ product }) => product))];
    const told = await Promise.all(symbols.map((symbol) => feed.stream.last(ChainUpdated, symbol)));
    const known = (each: ChainUpdated) =>
      told.some(
        (last) => last?.event.product === each.product && last.event.sequence >= each.sequence,
      );
    const rest = chains.filter((each) => !known(each));
    for (let at = 0; at < rest.length; at += 2) {
      await term.publish(ChainUpdated, rest.slice(at, at + 2));
    }
    // What is over already tells nobody of its end.
    if (!term.signal.aborted) await once(term.signal, 'abort');
  });
  await eventually(async () => {
    const { count } = await history.database
      .selectFrom('underlying')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    return Number(count) >= chains.length;
  }, 40_000);
  await history.stop();
  await feed.stop();
});
