/** How sockets of a server are spoken to, by bare WebSockets: a client library for each would cost more than the server. */
export interface SocketProtocol {
  /** Path and query of the WebSocket. */
  readonly path: string;
  /** What is sent in the answer to what comes, until the socket is in its room; undefined: nothing. */
  readonly greet: (message: string, room: string) => string | undefined;
  /** Whether a message says that the socket is in its room. */
  readonly isJoined: (message: string) => boolean;
  /** How many updates of the room a message holds. */
  readonly updates: (message: string) => number;
  /** The answer to a question whether somebody is there; undefined: it is none. */
  readonly pong: (message: string) => string | undefined;
}

/** Engine.IO and Socket.IO: https://socket.io/docs/v4/socket-io-protocol/ */
export const socketIo: SocketProtocol = {
  path: '/socket.io/?EIO=4&transport=websocket',
  greet(message, room) {
    if (message.startsWith('0')) return '40';
    return message.startsWith('40') ? `420["join","${room}"]` : undefined;
  },
  isJoined: (message) => message.startsWith('430'),
  updates: (message) => (message.startsWith('42') ? 1 : 0),
  pong: (message) => (message === '2' ? '3' : undefined),
};

/** https://centrifugal.dev/docs/transports/client_protocol */
export const centrifuge: SocketProtocol = {
  path: '/connection/websocket',
  greet: (message, room) =>
    message.startsWith('{"id":1') ? `{"id":2,"subscribe":{"channel":"${room}"}}` : undefined,
  isJoined: (message) => message.startsWith('{"id":2,"subscribe"'),
  updates: (message) => message.split('{"push":').length - 1,
  pong: (message) => (message === '{}' ? '{}' : undefined),
};

/** What is told in a room: an asset's summary as it stands. */
export function summaryOf(room: string, revision: number) {
  return {
    summary: {
      ...{ assetSymbol: room, count: String(revision), first: 100.25, last: 101.5 + revision },
      ...{ high: 131.75, low: 98.5, vwap: 110.12345678, volume: 1_234_567.5 },
      ...{ fromTime: '2000-01-03T00:00:00Z', toTime: '2026-11-27T20:59:59.999999Z' },
    },
    revision: String(revision),
  };
}

/** Names of the rooms: as many as there are sockets for. */
export function roomNames(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `asset:ROOM${index}`);
}
