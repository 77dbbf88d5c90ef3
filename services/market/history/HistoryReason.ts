import { errorInfo, RpcError, Status } from '@weft/mesh/runtime';

/** What history fails calls for, as a caller's program may tell by `ErrorInfo.reason`. */
export const HistoryReason = {
  /** Nothing is kept of a product of this symbol. */
  PRODUCT_UNKNOWN: 'PRODUCT_UNKNOWN',
  /** The product had no option that expires on that day. */
  EXPIRY_NOT_LISTED: 'EXPIRY_NOT_LISTED',
  /** There was an expiry, and no option of this strike. */
  STRIKE_NOT_LISTED: 'STRIKE_NOT_LISTED',
  /** Nothing is kept of the product from that time or before. */
  CHAIN_NOT_STORED: 'CHAIN_NOT_STORED',
  /** No symbol of the Options Clearing Corporation. */
  OPTION_SYMBOL_INVALID: 'OPTION_SYMBOL_INVALID',
  /** A range ends before it starts. */
  RANGE_REVERSED: 'RANGE_REVERSED',
  /** As many exports as this instance makes are under way. */
  EXPORTS_BUSY: 'EXPORTS_BUSY',
} as const;

/** @param metadata What the reason is about, such as a product. */
export function notFound(
  reason: string,
  message: string,
  metadata: Readonly<Record<string, string>>,
): RpcError {
  return new RpcError(Status.NOT_FOUND, message, { details: [errorInfo(reason, metadata)] });
}
