import { errorReason, RpcError } from '@weft/mesh/runtime';
import { SourceError } from '../sources/SourceError.ts';

/** What is said to people. No words of others, no address and no text of a file: whoever lists feeds reads it. */
const MESSAGES = {
  EXCHANGE_UNREACHABLE: 'there is no connection to the exchange: trading’s log says why',
  EXCHANGE_SUBSCRIPTION_REFUSED: 'the exchange does not give this product',
  BARS_SENT_AS_TICKS:
    'an earlier version has sent a part of its bars as ticks: send it under another symbol',
  BAR_LENGTH_OTHER: 'the asset has bars of another length: send these under another symbol',
  FILE_MISSING: 'the file is not stored here any more: upload it again',
  SOURCE_UNREADABLE: 'the source cannot be read: trading’s log says why',
  INTERNAL: 'something went wrong: trading’s log says what',
} as const;

const RECEIVER = 'RECEIVER_';

/**
 * Why a feed has failed or waits: one of the above, or RECEIVER_ and the gRPC status that the receiver of its ticks has
 * answered, such as RECEIVER_PERMISSION_DENIED. In the form of google.rpc.ErrorInfo's `reason`.
 */
export type FeedReason = keyof typeof MESSAGES | `${typeof RECEIVER}${string}`;

/** The reason behind what a run of a feed has thrown. */
export function reasonOf(error: unknown): FeedReason {
  if (error instanceof SourceError) return error.reason;
  if (errorReason(error) === 'BAR_LENGTH_OTHER') return 'BAR_LENGTH_OTHER';
  return error instanceof RpcError ? `${RECEIVER}${error.codeName}` : 'INTERNAL';
}

/** A reason as it is kept, for people. Empty for none. */
export function describeReason(reason: string): string {
  if (reason === '') return '';
  if (reason.startsWith(RECEIVER)) return `the receiver answers ${reason.slice(RECEIVER.length)}`;
  return MESSAGES[reason as keyof typeof MESSAGES] ?? MESSAGES.INTERNAL;
}
