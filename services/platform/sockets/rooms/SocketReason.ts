/** Why a client of the gateway is refused, beside the runtime's reasons: as a program may tell by `error.reason`. */
export const SocketReason = {
  /** No contract declares a room of this name. */
  ROOM_UNKNOWN: 'ROOM_UNKNOWN',
  /** The room is another user's own. */
  ROOM_NOT_OWN: 'ROOM_NOT_OWN',
  /** The socket is in as many rooms as it may be, or the instance has as many as it can. */
  ROOM_LIMIT: 'ROOM_LIMIT',
  /** More messages than a client may send. */
  MESSAGE_LIMIT: 'MESSAGE_LIMIT',
  /** No message that the gateway takes. */
  MESSAGE_UNKNOWN: 'MESSAGE_UNKNOWN',
  /** Long polling is not served: connect with `transports: ['websocket']`. */
  WEBSOCKET_REQUIRED: 'WEBSOCKET_REQUIRED',
} as const;
