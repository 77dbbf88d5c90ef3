/** A scenario: prices of a product that the feed tells, and the alerts that they meet. */

import { once } from 'node:events';
import { Contracts } from '@weft/mesh/contracts';
import { eventually } from '@weft/mesh/testing/eventually';
import { ChainUpdated } from '@weft/proto/market/v1/option_market';
import { type EventSetting, natsOf } from '../../../kit/testing/crash/EventSetting.ts';
import { runScenario } from '../../../kit/testing/crash/runScenario.ts';
import { openMember } from '../../../kit/testing/openMember.ts';
import type { DB } from '../database.ts';
import { consumers } from '../options/consumers.ts';
import { chainOf } from '../options/testing/chains.ts';
import { migrations } from './openAnalytics.ts';

export interface AlertSetting extends EventSetting {
  readonly feedUrl: string;
  readonly analyticsUrl: string;
  readonly feedMigrations: string;
  /** One after the other; the last one again and again. */
  readonly prices: readonly number[];
}

const TIMEOUT_MS = 40_000;

await runScenario<AlertSetting>(async (setting) => {
  const contracts = Contracts.load();
  const nats = natsOf(setting);
  const shared = { contracts, nats, leaseMs: 400 };
  const feed = await openMember({
    ...{ ...shared, service: 'feed', databaseUrl: setting.feedUrl },
    migrations: setting.feedMigrations,
  });
  const analytics = await openMember<DB>({
    ...{ ...shared, service: 'analytics', databaseUrl: setting.analyticsUrl },
    ...{ migrations, consumers },
  });
  const told = Promise.withResolvers<number>();
  feed.stream.write(async (term) => {
    let sequence = (await feed.stream.last(ChainUpdated, 'ALFA'))?.event.sequence ?? 0;
    const chain = () => {
      const price = setting.prices[Math.min(sequence, setting.prices.length - 1)] as number;
      sequence += 1;
      return chainOf({ sequence, price });
    };
    while (sequence < setting.prices.length) await term.publish(ChainUpdated, [chain()]);
    // One more in each run: when it has come, so has all before it that might come once more.
    await term.publish(ChainUpdated, [chain()]);
    told.resolve(sequence);
    if (!term.signal.aborted) await once(term.signal, 'abort');
  });
  const last = await told.promise;
  await eventually(async () => {
    const row = await analytics.database
      .selectFrom('option_chain')
      .select('sequence')
      .executeTakeFirst();
    return (row?.sequence ?? 0) >= last;
  }, TIMEOUT_MS);
  await analytics.stop();
  await feed.stop();
});
