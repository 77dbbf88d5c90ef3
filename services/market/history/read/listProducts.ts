import type {
  ListStoredProductsRequest,
  ListStoredProductsResponse,
} from '@weft/proto/market/v1/history';
import { type Kysely, sql } from 'kysely';
import { readPage } from '../../../kit/readPage.ts';
import { type Micros, timestampFromMicros } from '../../../kit/time.ts';
import type { DB } from '../database.ts';

interface ProductRow {
  readonly symbol: string;
  readonly first_us: Micros;
  readonly time_us: Micros;
  readonly epoch: number;
  readonly sequence: number;
  readonly price: number;
  readonly expiries: string[];
}

/** One page of what is kept. */
export async function listProducts(
  database: Kysely<DB>,
  request: ListStoredProductsRequest,
): Promise<ListStoredProductsResponse> {
  const { rows, nextPageToken } = await readPage(request, {
    list: ['stored products'],
    type: 'string',
    async read(after: string | undefined, limit) {
      const found = await sql<ProductRow>`
        select symbol, last.*, first.time_us as first_us
        from product
        cross join lateral (
          select time_us, epoch, sequence, price, expiries from underlying
          where product = symbol and time_us = last_time_us
        ) as last
        cross join lateral (
          select time_us from underlying where product = symbol order by time_us limit 1
        ) as first
        where symbol > ${after ?? ''} order by symbol limit ${limit}`.execute(database);
      return found.rows;
    },
    positionOf: ({ symbol }) => symbol,
  });
  return { products: rows.map(productOf), nextPageToken };
}

function productOf({ symbol, first_us, time_us, epoch, sequence, price, expiries }: ProductRow) {
  return {
    ...{ symbol, epoch, sequence, expiries, underlyingPrice: price },
    firstTime: timestampFromMicros(first_us),
    lastTime: timestampFromMicros(time_us),
  };
}
