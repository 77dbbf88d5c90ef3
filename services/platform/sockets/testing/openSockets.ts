import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Contracts } from '@weft/mesh/contracts';
import type { Principal } from '@weft/mesh/runtime';
import { quietLog } from '../../../kit/testing/quietLog.ts';
import { limits } from '../limits.ts';
import { EventRooms } from '../rooms/EventRooms.ts';
import { RoomStream } from '../rooms/RoomStream.ts';
import { Rooms } from '../rooms/Rooms.ts';
import type { CallSnapshot } from '../rooms/readSnapshot.ts';
import type { CallStates } from '../rooms/StateFeed.ts';
import { refusePolling } from '../server/refusePolling.ts';
import { SocketServer } from '../server/SocketServer.ts';

export interface OpenSocketsOptions {
  readonly contracts: Contracts;
  /** As the service `sockets`. Default: no events are told. */
  readonly connection?: NatsConnection;
  /** Feeds rooms of states. Default: nothing does. */
  readonly callStates?: CallStates;
  /** Answers snapshots. Default: nothing does. */
  readonly callSnapshot?: CallSnapshot;
  /** Who shows a token. Default: nobody is known. */
  readonly authenticate?: (token: string) => Promise<Principal>;
}

/** An instance of the gateway in this process, over HTTP/1.1 and without a mesh before it. */
export interface OpenSockets extends AsyncDisposable {
  readonly url: string;
  readonly rooms: Rooms;
  /** Where events come in, as they are read from NATS. */
  readonly eventRooms: EventRooms;
  readonly server: SocketServer;
  /** Cuts all connections, as the death of the process does, and takes no more. */
  kill(): Promise<void>;
}

export async function openSockets({
  contracts,
  connection,
  callStates = async function* () {},
  callSnapshot = async () => Promise.reject(new Error('there is no snapshot')),
  authenticate = async () => Promise.reject(new Error('nobody is known')),
}: OpenSocketsOptions): Promise<OpenSockets> {
  const stop = new AbortController();
  const eventRooms: EventRooms = new EventRooms({
    ...{ contracts, log: quietLog, most: limits.rememberedEvents },
    onTold: (names) => rooms.tell(names),
  });
  const rooms: Rooms = new Rooms({
    ...{ contracts: contracts.rooms, registry: contracts.registry, eventRooms, log: quietLog },
    callOf: () => callStates,
    callSnapshot,
  });
  const server = new SocketServer(rooms, quietLog);
  const http = createServer((request, response) => {
    void refusePolling(request as never, response as never, {} as never);
  });
  http.on('upgrade', (request, socket, head) => {
    const context = {
      signal: stop.signal,
      principal: undefined as Principal | undefined,
      run: <Result>(work: () => Result) => work(),
      async authenticate(token: string) {
        context.principal = await authenticate(token);
        return context.principal;
      },
    };
    server.take(request, socket, head, context);
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const reading = connection
    ? new RoomStream({
        ...{ connection, service: 'sockets', log: quietLog, most: limits.rememberedEvents },
        ...{ onBegin: eventRooms.begin, onMessage: eventRooms.take, onRead: eventRooms.read },
      }).run(stop.signal)
    : Promise.resolve();
  const kill = async () => {
    stop.abort();
    http.closeAllConnections();
    http.close();
    rooms.close();
    await server.close();
    await reading;
  };
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    ...{ rooms, eventRooms, server, kill, [Symbol.asyncDispose]: kill },
  };
}
