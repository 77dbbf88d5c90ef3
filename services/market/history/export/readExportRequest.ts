import { RpcError, Status } from '@weft/mesh/runtime';
import { invalidArgument } from '../../../kit/invalidArgument.ts';
import { Temporal } from '../../../kit/zoned.ts';
import { rangeOf, type TimeRange } from '../read/rangeOf.ts';
import { type NamedOption, readSymbol } from '../read/readSymbol.ts';

export type ExportFormat = 'csv' | 'arrow';

/** What of history is wanted as a whole. */
export type ExportRequest = {
  readonly range: TimeRange;
  readonly format: ExportFormat;
  /** Of a file that it is kept in. */
  readonly fileName: string;
} & (
  | { readonly of: 'underlying'; readonly product: string }
  | { readonly of: 'chain'; readonly product: string; readonly expiry: string }
  | { readonly of: 'option'; readonly option: NamedOption }
);

const PRODUCT = /^[A-Z][A-Z0-9]{0,5}$/;
const EXPIRY = /^\d{4}-\d\d-\d\d$/;
const PARAMETERS: ReadonlySet<string> = new Set(['startTime', 'endTime', 'format']);

/**
 * Reads `/underlying/{product}`, `/chain/{product}/{expiry}` and `/options/{symbol}`, with `startTime`, `endTime` and `format`
 * as the REST interface has them.
 *
 * @param url Path below the route, and query.
 * @throws RpcError NOT_FOUND for another path, INVALID_ARGUMENT for what is no such value and for what nobody asks about.
 */
export function readExportRequest(url: string): ExportRequest {
  const { pathname, searchParams } = new URL(url, 'http://history');
  for (const name of searchParams.keys()) {
    if (!PARAMETERS.has(name)) throw invalidArgument(name.slice(0, 40), 'is no parameter');
  }
  const range = rangeOf(readTime(searchParams, 'startTime'), readTime(searchParams, 'endTime'));
  const format = searchParams.get('format') ?? 'csv';
  if (format !== 'csv' && format !== 'arrow') {
    throw invalidArgument('format', 'must be "csv" or "arrow"');
  }
  const [, of, first = '', second, ...rest] = pathname.split('/').map(decode);
  const fileOf = (name: string) => `${name.replaceAll(/ +/g, '-')}.${format}`;
  if (rest.length === 0 && of === 'underlying' && second === undefined) {
    const product = assertMatch('product', first, PRODUCT);
    return { of, product, range, format, fileName: fileOf(product) };
  }
  if (rest.length === 0 && of === 'chain' && second !== undefined) {
    const product = assertMatch('product', first, PRODUCT);
    const expiry = assertMatch('expiry', second, EXPIRY);
    return { of, product, expiry, range, format, fileName: fileOf(`${product}-${expiry}`) };
  }
  if (rest.length === 0 && of === 'options' && second === undefined) {
    const option = readSymbol(first);
    return { of: 'option', option, range, format, fileName: fileOf(option.symbol) };
  }
  throw new RpcError(Status.NOT_FOUND, 'there is no such export');
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw invalidArgument('path', 'is not encoded as a URL');
  }
}

function assertMatch(field: string, text: string, pattern: RegExp): string {
  if (!pattern.test(text)) throw invalidArgument(field, `must match ${pattern.source}`);
  return text;
}

function readTime(parameters: URLSearchParams, name: string) {
  const text = parameters.get(name);
  if (text === null) return undefined;
  try {
    const ns = Temporal.Instant.from(text).epochNanoseconds;
    const seconds = Math.floor(Number(ns / 1_000n) / 1_000_000);
    return { seconds, nanos: Number(ns - BigInt(seconds) * 1_000_000_000n) };
  } catch {
    throw invalidArgument(name, 'must be a time such as "2026-01-05T14:30:00Z"');
  }
}
