import type { Http2ServerResponse } from 'node:http2';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  errorInfo,
  type HttpHandler,
  type HttpImplementation,
  implementHttp,
  RpcError,
  Status,
} from '@weft/mesh/runtime';
import type { Kysely } from 'kysely';
import type { DB } from '../database.ts';
import { HistoryReason } from '../HistoryReason.ts';
import { assertExpiry, assertProduct } from '../read/assertKnown.ts';
import type { Export } from './Column.ts';
import { csvBytes } from './csvBytes.ts';
import { exportChain, exportOption } from './exportOptions.ts';
import { exportPrices } from './exportPrices.ts';
import { type ExportFormat, type ExportRequest, readExportRequest } from './readExportRequest.ts';

const ROUTES = ['/v1/history/exports', '/data/exports', '/api/data/exports'];

/** https://www.iana.org/assignments/media-types/application/vnd.apache.arrow.stream */
const TYPES: Readonly<Record<ExportFormat, string>> = {
  csv: 'text/csv; charset=utf-8; header=present',
  arrow: 'application/vnd.apache.arrow.stream',
};

/** Each holds a portion or two in memory, for as long as its reader takes. */
const MOST_EXPORTS = 16;
const STALL_MS = 60_000;

export interface ExportOptions {
  /** Milliseconds after which a client that takes nothing is given up, so that others have its place. Default 60,000. */
  readonly stallMs?: number;
}

/**
 * Whole ranges over HTTP, however long: what is next is read when the client has taken what was before, by a statement of its
 * own, so a slow client holds neither memory nor a connection to the database.
 */
export function exportFaces(
  database: Kysely<DB>,
  { stallMs = STALL_MS }: ExportOptions = {},
): HttpImplementation[] {
  let under = 0;
  const request: HttpHandler = async (asked, response, { route, signal }) => {
    if (asked.method !== 'GET' && asked.method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD' }).end();
      return;
    }
    const wanted = readExportRequest(asked.url.slice(route.length));
    await assertThere(database, wanted);
    if (under >= MOST_EXPORTS) throw busy();
    under += 1;
    try {
      sendHeader(response, wanted);
      if (asked.method === 'HEAD') response.end();
      else await send(response, await bytesOf(database, wanted), stallMs, signal);
    } finally {
      under -= 1;
    }
  };
  return ROUTES.map((route) => implementHttp(route, { request }));
}

async function assertThere(database: Kysely<DB>, wanted: ExportRequest): Promise<void> {
  if (wanted.of === 'underlying') return assertProduct(database, wanted.product);
  if (wanted.of === 'chain') return assertExpiry(database, wanted.product, wanted.expiry);
  return assertExpiry(database, wanted.option.root, wanted.option.expiry);
}

function open(database: Kysely<DB>, wanted: ExportRequest): Export<never> {
  const { range } = wanted;
  const opened =
    wanted.of === 'underlying'
      ? exportPrices(database, wanted.product, range)
      : wanted.of === 'chain'
        ? exportChain(database, wanted, range)
        : exportOption(database, wanted.option, range);
  return opened as Export<never>;
}

function sendHeader(response: Http2ServerResponse, { format, fileName }: ExportRequest): void {
  response.setHeader('content-type', TYPES[format]);
  response.setHeader('content-disposition', `attachment; filename="${fileName}"`);
  response.setHeader('cache-control', 'no-cache');
  response.setHeader('x-content-type-options', 'nosniff');
}

async function bytesOf(
  database: Kysely<DB>,
  wanted: ExportRequest,
): Promise<AsyncGenerator<Uint8Array>> {
  const rows = open(database, wanted);
  // Arrow is loaded for who wants it.
  return wanted.format === 'csv'
    ? csvBytes(rows)
    : (await import('./arrowBytes.ts')).arrowBytes(rows);
}

async function send(
  response: Http2ServerResponse,
  bytes: AsyncGenerator<Uint8Array>,
  stallMs: number,
  signal: AbortSignal,
): Promise<void> {
  const stalled = new AbortController();
  const timer = setTimeout(() => stalled.abort(), stallMs).unref();
  async function* taken() {
    for await (const portion of bytes) {
      timer.refresh();
      yield portion;
    }
  }
  try {
    await pipeline(Readable.from(taken(), { highWaterMark: 1 }), response, {
      signal: AbortSignal.any([signal, stalled.signal]),
    });
  } finally {
    clearTimeout(timer);
  }
}

function busy(): RpcError {
  return new RpcError(Status.RESOURCE_EXHAUSTED, `${MOST_EXPORTS} exports are under way`, {
    details: [errorInfo(HistoryReason.EXPORTS_BUSY, {})],
  });
}
