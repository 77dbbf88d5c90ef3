import type { IncomingMessage } from 'node:http';
import type { NatsConnection } from '@nats-io/transport-node';
import type { MethodContract, StateRoomContract } from '@weft/mesh/contracts';
import { connectNats } from '@weft/mesh/events';
import {
  ConfigError,
  type HttpImplementation,
  implementHttp,
  type ServiceContext,
} from '@weft/mesh/runtime';
import { serveAsset } from '../../kit/http/Asset.ts';
import { callStates, callUnary } from './callMethod.ts';
import { limits } from './limits.ts';
import { EventRooms } from './rooms/EventRooms.ts';
import { RoomStream } from './rooms/RoomStream.ts';
import { Rooms } from './rooms/Rooms.ts';
import type { CallStates } from './rooms/StateFeed.ts';
import { clientFiles } from './server/clientFiles.ts';
import { refusePolling } from './server/refusePolling.ts';
import { SocketServer } from './server/SocketServer.ts';

/** Where clients of Socket.IO look for it. */
const ROUTE = '/socket.io';

/** Opens the rooms and serves Socket.IO. */
export async function setup({
  client,
  contracts,
  identity,
  log,
  observe,
  onStop,
  service,
  serviceId,
  signal,
}: ServiceContext): Promise<HttpImplementation[]> {
  const eventRooms: EventRooms = new EventRooms({
    ...{ contracts, log, most: limits.rememberedEvents },
    onTold: (names) => rooms.tell(names),
  });
  const calls = new Map<string, CallStates>();
  const snapshots = new Map<MethodContract, ReturnType<typeof callUnary>>();
  for (const contract of contracts.rooms.values()) {
    if (contract.kind === 'state') calls.set(contract.word, callStates(contract.method, client));
  }
  const rooms: Rooms = new Rooms({
    ...{ contracts: contracts.rooms, registry: contracts.registry, eventRooms, log },
    callOf: ({ word }: StateRoomContract) => calls.get(word) as CallStates,
    callSnapshot: ({ method }, request) => {
      const call = snapshots.get(method) ?? callUnary(method, client);
      snapshots.set(method, call);
      return call(request);
    },
  });
  const server = new SocketServer(rooms, log);
  const url = process.env.NATS_URL;
  if (!url) {
    throw new ConfigError('NATS_URL must be a URL such as nats://127.0.0.1:4222; it is not set');
  }
  let reading: Promise<void> | undefined;
  // NATS need not be there: rooms of states do without.
  connectNats({ url, service, name: serviceId, identity })
    .then((connection) => {
      reading = readEvents(connection).finally(() => connection.close());
    })
    .catch((err) => log.error({ err }, 'no events are told in rooms'));
  onStop(async () => {
    rooms.close();
    await server.close();
    await reading;
  });
  observe((meter) => {
    meter
      .createObservableGauge('weft_sockets_open', { description: 'Sockets that are connected.' })
      .addCallback((result) => result.observe(server.size));
    meter
      .createObservableGauge('weft_socket_rooms', { description: 'Rooms with somebody in them.' })
      .addCallback((result) => result.observe(rooms.size));
  });
  const files = await clientFiles(ROUTE);
  return [
    implementHttp(ROUTE, {
      request: (request, response, context) =>
        files.has(request.url)
          ? serveAsset(files, request, response)
          : refusePolling(request, response, context),
      upgrade: (request, socket, head, context) =>
        server.take(request as unknown as IncomingMessage, socket, head, context),
    }),
  ];

  function readEvents(connection: NatsConnection): Promise<void> {
    const { begin, take, read } = eventRooms;
    const stream = new RoomStream({
      ...{ connection, service, log, most: limits.rememberedEvents },
      ...{ onBegin: begin, onMessage: take, onRead: read },
    });
    return stream.run(signal);
  }
}
