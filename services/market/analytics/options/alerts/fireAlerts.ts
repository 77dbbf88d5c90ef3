import { PriceAlertFired } from '@weft/proto/market/v1/price_alert';
import { sql, type Transaction } from 'kysely';
import type { Events } from '../../../../kit/events/Events.ts';
import type { DB } from '../../database.ts';
import type { ChainHead } from '../chains/chainHead.ts';
import { type AlertRow, describeFired } from './alertRow.ts';

type Price = Pick<ChainHead, 'product' | 'sequence' | 'marketUs' | 'price'>;

/**
 * Fires the alerts whose condition a price meets. That they have, and that others are told, is of the transaction that says which
 * price has been seen: so each fires once, whatever dies. One that is deleted at the same time has been deleted, or has fired before.
 *
 * @param price The newest, which is among those that are kept.
 * @param now What the alerts say of when they have fired.
 * @returns how many have fired.
 */
export async function fireAlerts(
  transaction: Transaction<DB>,
  events: Pick<Events, 'addAll'>,
  price: Price,
  now: Date,
): Promise<number> {
  const fired = await markFired(transaction, price, now);
  await events.addAll(transaction, PriceAlertFired, fired.map(describeFired));
  return fired.length;
}

async function markFired(
  transaction: Transaction<DB>,
  { product, sequence, marketUs, price }: Price,
  now: Date,
): Promise<AlertRow[]> {
  const { rows } = await sql<AlertRow>`
    with spans as (
      -- For each window that some alert has, and not for each alert.
      select w.move_window_us, (
        select array[min(p.price), max(p.price)] from option_price p
        where p.product = ${product} and p.market_us >= ${marketUs} - w.move_window_us
      ) as span
      from (
        select distinct move_window_us from price_alert
        where product = ${product} and fired_at is null and move_window_us is not null
      ) w
    ),
    met as (
      select a.id, case
        when ${price} >= s.span[1] * (1 + a.move_percent / 100) then s.span[1]
        when ${price} <= s.span[2] * (1 - a.move_percent / 100) then s.span[2]
      end as reference
      from price_alert a left join spans s using (move_window_us)
      where a.product = ${product} and a.fired_at is null and (
        a.above <= ${price} or a.below >= ${price}
        or ${price} >= s.span[1] * (1 + a.move_percent / 100)
        or ${price} <= s.span[2] * (1 - a.move_percent / 100)
      )
    )
    update price_alert a set
      fired_at = ${now}, fired_price = ${price}, fired_reference_price = met.reference,
      fired_market_us = ${marketUs}, fired_sequence = ${sequence}
    from met where a.id = met.id and a.fired_at is null
    returning a.*`.execute(transaction);
  return rows;
}
