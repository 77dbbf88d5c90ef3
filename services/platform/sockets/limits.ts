/** What one socket, and all of an instance, may take. */
export const limits = {
  /** Rooms that one socket is in. */
  roomsOfSocket: 100,
  /** Rooms that have somebody in them, of one instance. */
  rooms: 10_000,
  /** Of a message from a client, in bytes: it names a room and a position. More closes the socket. */
  messageBytes: 16 * 1024,
  /** Messages that a client may send at once, such as to join all its rooms, and each second from then on. */
  messagesAtOnce: 200,
  messagesPerSecond: 20,
  /** Messages beyond that which are answered with a refusal, before the socket is closed. */
  refusals: 1_000,
  /** Characters of a room's name. */
  roomName: 256,
  /** Time for a client to say who it is once its WebSocket is open, in milliseconds. */
  connectMs: 10_000,
  /** Events that an instance remembers, of all rooms, for those who come back. */
  rememberedEvents: 20_000,
} as const;
