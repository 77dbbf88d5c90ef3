import type { JsonValue } from '@bufbuild/protobuf';
import { errorReason, RpcError, Status } from '@weft/mesh/runtime';
import type { Position } from '../rooms/Update.ts';

/** What a client is answered who has joined a room. */
export interface JoinAnswer extends Position {
  readonly room: string;
  /** Where the client said what it had: whether all that has come since follows. If not, it begins with the snapshot. */
  readonly recovered?: boolean;
  /** What is to be known before what follows means something. Absent where `recovered`. */
  readonly snapshot?: JsonValue;
}

/** Why a client is refused. */
export interface Refusal {
  /** Of gRPC, such as "PERMISSION_DENIED". */
  readonly code: string;
  /** A word for programs, where there is one: SocketReason, or one of the runtime's or of a service's. */
  readonly reason?: string;
  readonly message: string;
}

/** What a client may know of a failure. */
export function refusalOf(error: unknown): Refusal {
  if (!(error instanceof RpcError)) return { code: 'INTERNAL', message: 'it has failed here' };
  const reason = errorReason(error);
  return {
    code: Status[error.code] ?? 'UNKNOWN',
    ...(reason ? { reason } : {}),
    message: error.message,
  };
}

/**
 * Reads where a client says that it stands. Undefined: it says nothing.
 *
 * @throws RpcError INVALID_ARGUMENT for what is no position.
 */
export function readPosition(said: unknown): Position | undefined {
  if (said === undefined || said === null) return undefined;
  const { epoch, offset } = Object(said) as Partial<Record<keyof Position, unknown>>;
  if (typeof epoch !== 'string' || typeof offset !== 'string') {
    throw new RpcError(Status.INVALID_ARGUMENT, 'a position is {epoch, offset}, as it was told');
  }
  return { epoch, offset };
}
