/** A scenario: chains are told and enriched, up to a sequence. */

import { Contracts } from '@weft/mesh/contracts';
import { eventually } from '@weft/mesh/testing/eventually';
import { sql } from 'kysely';
import { type EventSetting, natsOf } from '../../../kit/testing/crash/EventSetting.ts';
import { runScenario } from '../../../kit/testing/crash/runScenario.ts';
import { RECIPES } from './makeChain.ts';
import { openEnricher } from './openEnricher.ts';
import { openFeed, tellChains } from './openFeed.ts';

export interface EnrichSetting extends EventSetting {
  readonly feedUrl: string;
  readonly enricherUrl: string;
  /** An empty folder. */
  readonly noMigrations: string;
  readonly until: number;
}

await runScenario<EnrichSetting>(
  async ({ feedUrl, enricherUrl, noMigrations, until, ...setting }) => {
    const nats = natsOf(setting);
    const shared = { contracts: Contracts.load(), nats, leaseMs: 400 };
    const enricher = await openEnricher({ ...shared, databaseUrl: enricherUrl });
    const feed = await openFeed({ ...shared, databaseUrl: feedUrl, migrations: noMigrations });
    await tellChains(feed, until);
    const { database } = enricher;
    await eventually(async () => {
      const rows = await database.selectFrom('product').select('sequence').execute();
      const { rows: waiting } = await sql`select from weft.outbox where position is null`.execute(
        database,
      );
      return (
        rows.length === RECIPES.length &&
        rows.every((row) => row.sequence === until) &&
        !waiting.length
      );
    }, 40_000);
    // What has its place is published before it stops.
    await enricher.stop();
    await feed.stop();
  },
);
