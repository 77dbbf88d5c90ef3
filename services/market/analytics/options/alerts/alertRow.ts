import type {
  PriceAlert,
  PriceAlertFired,
  PriceCondition,
} from '@weft/proto/market/v1/price_alert';
import type { Selectable } from 'kysely';
import { MICROS_PER_SECOND, timestampFromDate, timestampFromMicros } from '../../../../kit/time.ts';
import type { PriceAlert as Columns } from '../../database.ts';

/** An alert as the database has it. */
export type AlertRow = Selectable<Columns>;
type ConditionColumns = Pick<AlertRow, 'above' | 'below' | 'move_percent' | 'move_window_us'>;

/** @param condition As the contract lets it be: one of the three. */
export function conditionColumns({ condition }: PriceCondition): ConditionColumns {
  const none = { above: null, below: null, move_percent: null, move_window_us: null };
  if (condition?.$case === 'above') return { ...none, above: condition.value };
  if (condition?.$case === 'below') return { ...none, below: condition.value };
  return {
    ...{ ...none, move_percent: condition?.value.percent ?? null },
    move_window_us: (condition?.value.window?.seconds ?? 0) * MICROS_PER_SECOND,
  };
}

export function describeAlert(row: AlertRow): PriceAlert {
  return {
    ...{ priceAlertId: row.id, userId: row.user_id, product: row.product },
    condition: conditionOf(row),
    createTime: timestampFromDate(row.created_at),
    fired: row.fired_at === null ? undefined : describeFired(row),
  };
}

/** @param row Of an alert that has fired. */
export function describeFired(row: AlertRow): PriceAlertFired {
  const reference = row.fired_reference_price;
  return {
    ...{ priceAlertId: row.id, userId: row.user_id, product: row.product },
    condition: conditionOf(row),
    price: row.fired_price ?? 0,
    marketTime: timestampFromMicros(row.fired_market_us ?? 0),
    sequence: row.fired_sequence ?? 0,
    ...(reference !== null && { referencePrice: reference }),
  };
}

function conditionOf(row: ConditionColumns): PriceCondition {
  if (row.above !== null) return { condition: { $case: 'above', value: row.above } };
  if (row.below !== null) return { condition: { $case: 'below', value: row.below } };
  const seconds = (row.move_window_us ?? 0) / MICROS_PER_SECOND;
  const move = { percent: row.move_percent ?? 0, window: { seconds, nanos: 0 } };
  return { condition: { $case: 'move', value: move } };
}
