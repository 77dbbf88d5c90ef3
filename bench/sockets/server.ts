/**
 * A server of rooms: `server.ts weft|socketio`, on a port of its own, over HTTP/1.1. What is to be told comes by a connection of
 * TCP, a number of a room a line.
 */
import { once } from 'node:events';
import { createServer as createHttp } from 'node:http';
import { type AddressInfo, createServer as createTcp, type Server } from 'node:net';
import { createInterface } from 'node:readline';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { create, type Message } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { Server as SocketIo } from 'socket.io';
import { Contracts } from '../../mesh/contracts/index.ts';
import { RpcError, Status } from '../../mesh/runtime/index.ts';
import { Latest } from '../../services/kit/Latest.ts';
import { openSockets } from '../../services/platform/sockets/testing/openSockets.ts';
import { serveParent } from '../harness/serveParent.ts';
import { summaryOf } from './SocketPeer.ts';

const [kind] = process.argv.slice(2);
let revision = 0;

/** The gateway, fed as by the service that has the states: what comes is a message, as a gRPC client gives it. */
async function weft(): Promise<{ url: string; tell: (room: string) => void }> {
  const contracts = Contracts.load();
  const asset = contracts.rooms.get('asset');
  if (asset?.kind !== 'state') throw new Error('there is no room of assets');
  const { input, output } = asset.method;
  const streams = new Map<string, Latest<Message>>();
  const { url } = await openSockets({
    contracts,
    async *callStates(request) {
      // The others have no room that each socket is in.
      if (request.$typeName !== input.typeName) {
        throw new RpcError(Status.NOT_FOUND, 'there is no such room here');
      }
      const stream = new Latest<Message>();
      streams.set(`asset:${(request as Message & { assetSymbol: string }).assetSymbol}`, stream);
      stream.put(stateOf('', 0));
      yield* stream;
    },
  });
  const stateOf = (room: string, number: number): Message => {
    const { summary } = summaryOf(room, number);
    const fromTime = timestampFromDate(new Date(summary.fromTime));
    const toTime = timestampFromDate(new Date(summary.toTime));
    const filled = { ...summary, count: BigInt(number), fromTime, toTime };
    return create(output, { summary: filled, revision: String(number) } as never);
  };
  return { url, tell: (room) => streams.get(room)?.put(stateOf(room, ++revision)) };
}

/** The same rooms by the library as its guide has them. */
async function stock(): Promise<{ url: string; tell: (room: string) => void }> {
  const http = createHttp().listen(0, '127.0.0.1');
  await once(http, 'listening');
  const io = new SocketIo(http, { transports: ['websocket'] });
  io.on('connection', (socket) => {
    socket.on('join', (room: string, joined: (answer: object) => void) => {
      socket.join(room);
      joined({ room });
    });
  });
  const tell = (room: string) => {
    const at = { room, epoch: 'state', offset: String(++revision) };
    io.to(room).emit('asset:updated', summaryOf(room, revision), at);
  };
  return { url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`, tell };
}

const { url, tell } = await (kind === 'weft' ? weft() : stock());
const control: Server = createTcp((socket) => {
  createInterface(socket).on('line', (room) => tell(room));
}).listen(0, '127.0.0.1');
await once(control, 'listening');
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
// What is asked is that garbage be none of its memory.
serveParent({ url, control: (control.address() as AddressInfo).port }, async () => collect());
