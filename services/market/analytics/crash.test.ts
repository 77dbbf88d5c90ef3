import assert from 'node:assert/strict';
import { randomUUIDv7 } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Contracts } from '@weft/mesh/contracts';
import { PriceAlertFired } from '@weft/proto/market/v1/price_alert';
import { crashWithEvents } from '../../kit/testing/crash/crashWithEvents.ts';
import { query } from '../../kit/testing/query.ts';
import { usePostgres } from '../../kit/testing/usePostgres.ts';
import { consumers } from './options/consumers.ts';
import type { AlertSetting } from './testing/alertScenario.ts';
import { migrations } from './testing/openAnalytics.ts';

const postgres = usePostgres();
const contracts = Contracts.load();
const script = fileURLToPath(new URL('testing/alertScenario.ts', import.meta.url));

const prices = [100, 101, 103, 102, 99, 104, 103];
/** By columns, each with the price that it fires at. */
const ALERTS: readonly (readonly [columns: Readonly<Record<string, number>>, at: number | null])[] =
  [
    [{ above: 101 }, 101],
    [{ above: 102.5 }, 103],
    [{ above: 104 }, 104],
    [{ above: 105 }, null],
    [{ below: 99.5 }, 99],
    [{ below: 98 }, null],
    [{ move_percent: 3, move_window_us: 600e6 }, 103],
    [{ move_percent: 3.5, move_window_us: 600e6 }, 99],
    [{ move_percent: 50, move_window_us: 600e6 }, null],
  ];

test('wherever analytics is killed, each alert whose price has come is told once, by the first one', async () => {
  await using cleanup = new AsyncDisposableStack();
  const feedMigrations = await mkdtemp(join(tmpdir(), 'weft-alerts-'));
  cleanup.defer(() => rm(feedMigrations, { recursive: true }));
  const consumed = consumers.map(({ type }) => contracts.events.get(type.$type));
  const publishers = new Set(consumed.map((event) => event?.publisher ?? ''));
  const steps = await crashWithEvents<AlertSetting>({
    script,
    services: [
      ...[...publishers].map((name) => ({ name, consumes: [] })),
      { name: 'analytics', consumes: consumed.map((event) => event?.subject ?? '') },
    ],
    points: 3,
    async prepare() {
      const analyticsUrl = await postgres.createDatabase(migrations);
      for (const [columns] of ALERTS) {
        const names = Object.keys(columns).join(', ');
        await query(
          analyticsUrl,
          `insert into price_alert (id, user_id, product, created_at, ${names})
           values ('${randomUUIDv7()}', 'ada', 'ALFA', now(), ${Object.values(columns).join(', ')})`,
        );
      }
      return {
        ...{ feedMigrations, analyticsUrl, prices },
        feedUrl: await postgres.createDatabase(),
      };
    },
    async check({ analyticsUrl }) {
      const rows = await query(
        analyticsUrl,
        `select payload from weft.outbox where type = '${PriceAlertFired.$type}' order by id`,
      );
      const told = rows.map(({ payload }) => PriceAlertFired.decode(payload as Buffer));
      const alerts = await query(
        analyticsUrl,
        'select id::text, above, below, move_percent, move_window_us, fired_price from price_alert order by id',
      );
      for (const [i, { id, fired_price }] of alerts.entries()) {
        const [columns, at] = ALERTS[i] as (typeof ALERTS)[number];
        assert.equal(fired_price, at, JSON.stringify(columns));
        const its = told.filter(({ priceAlertId }) => priceAlertId === id);
        assert.deepEqual(
          its.map(({ price }) => price),
          at === null ? [] : [at],
          JSON.stringify(columns),
        );
      }
    },
  });
  assert.ok(steps.length > 1, `killed at ${steps.length} steps`);
});
