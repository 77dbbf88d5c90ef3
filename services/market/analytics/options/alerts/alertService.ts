import { randomUUIDv7 } from 'node:crypto';
import type { Contracts } from '@weft/mesh/contracts';
import { type CallContext, type HandlersOf, RpcError, Status } from '@weft/mesh/runtime';
import {
  type AlertServiceDefinition,
  PriceAlert,
  type PriceCondition,
} from '@weft/proto/market/v1/price_alert';
import { type Kysely, sql, type Transaction } from 'kysely';
import type { Clock } from '../../../../kit/Clock.ts';
import { readPageById } from '../../../../kit/database/readPageById.ts';
import { failedPrecondition } from '../../../../kit/failedPrecondition.ts';
import { transactionOf } from '../../../../kit/idempotency/transactionOf.ts';
import { invalidArgument } from '../../../../kit/invalidArgument.ts';
import { Resource } from '../../../../kit/resource/Resource.ts';
import type { DB } from '../../database.ts';
import { assertProduct } from '../chains/assertProduct.ts';
import { conditionColumns, describeAlert } from './alertRow.ts';

/** Of one user, that have not fired. */
const MOST_WAITING = 200;
const FIRED_KEPT_MS = 30 * 24 * 60 * 60_000;

/** The methods of AlertService. */
export function alertService(
  database: Kysely<DB>,
  contracts: Contracts,
  clock: Clock,
): HandlersOf<AlertServiceDefinition> {
  const alerts = new Resource(PriceAlert, contracts);
  const find = (by: Kysely<DB>, id: string) =>
    by.selectFrom('price_alert').selectAll().where('id', '=', id).executeTakeFirst();

  return {
    async createPriceAlert({ priceAlert }, context) {
      const { product, condition } = alerts.create(priceAlert);
      assertWindow(condition);
      const userId = userOf(context);
      const transaction = transactionOf<DB>(context);
      await assertProduct(transaction, product);
      await assertRoom(transaction, userId, clock.now());
      const row = await transaction
        .insertInto('price_alert')
        .values({
          ...{ id: randomUUIDv7(), user_id: userId, product, created_at: clock.now() },
          ...conditionColumns(condition as PriceCondition),
        })
        .returningAll()
        .executeTakeFirstOrThrow();
      return { priceAlert: describeAlert(row) };
    },

    async getPriceAlert({ priceAlertId }, context) {
      const row = await find(database, priceAlertId);
      if (!row) throw alerts.notFound(priceAlertId);
      const priceAlert = describeAlert(row);
      alerts.assertOwner(priceAlert, context);
      return { priceAlert };
    },

    async listPriceAlerts(request, context) {
      const userId = userOf(context);
      const { rows, nextPageToken } = await readPageById(
        request,
        ['price alerts', userId],
        database.selectFrom('price_alert').selectAll().where('user_id', '=', userId),
      );
      return { priceAlerts: rows.map(describeAlert), nextPageToken };
    },

    async deletePriceAlert({ priceAlertId }, context) {
      const row = await find(database, priceAlertId);
      if (!row) return {};
      alerts.assertOwner(describeAlert(row), context);
      await database.deleteFrom('price_alert').where('id', '=', priceAlertId).execute();
      return {};
    },
  };
}

/** @throws RpcError UNAUTHENTICATED where a service calls for itself: nobody's alert would tell nobody. */
function userOf({ principal }: CallContext): string {
  if (principal && principal.kind !== 'service') return principal.subject;
  throw new RpcError(Status.UNAUTHENTICATED, 'who calls has not said who he is');
}

function assertWindow(condition: PriceCondition | undefined): void {
  const { $case, value } = condition?.condition ?? {};
  if ($case !== 'move' || value?.window?.nanos === 0) return;
  throw invalidArgument('price_alert.condition.move.window', 'must be whole seconds');
}

/** Makes room by what has fired long ago. @throws RpcError FAILED_PRECONDITION, reason ALERTS_TOO_MANY. */
async function assertRoom(transaction: Transaction<DB>, userId: string, now: Date): Promise<void> {
  // One call of a user at a time, so that two do not take the last place.
  await sql`select pg_advisory_xact_lock(hashtextextended(${`alerts ${userId}`}, 0))`.execute(
    transaction,
  );
  await transaction
    .deleteFrom('price_alert')
    .where('user_id', '=', userId)
    .where('fired_at', '<', new Date(now.getTime() - FIRED_KEPT_MS))
    .execute();
  const { waiting } = await transaction
    .selectFrom('price_alert')
    .select(({ fn }) => fn.countAll<number>().as('waiting'))
    .where('user_id', '=', userId)
    .where('fired_at', 'is', null)
    .executeTakeFirstOrThrow();
  if (waiting < MOST_WAITING) return;
  const message = `there may be ${MOST_WAITING} alerts that have not fired: delete some`;
  throw failedPrecondition('ALERTS_TOO_MANY', message, { most: String(MOST_WAITING) });
}
