import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  Client,
  type ClientDuplexStream,
  credentials,
  type ServiceError,
  type status,
} from '@grpc/grpc-js';

export const ADS_PATH =
  '/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources';

/** Time in which the other end may make something of what it was sent. */
const DIGESTION_MS = 5;

/** Sends a control plane what no client should. */
export class HostileClient {
  readonly #address: string;
  readonly #client: Client;

  /** @param address Of xDS, such as "127.0.0.1:18000". */
  constructor(address: string) {
    this.#address = address;
    // A connection of its own, that nobody else's failure slows down.
    this.#client = new Client(address, credentials.createInsecure(), {
      'grpc.use_local_subchannel_pool': 1,
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 100,
    });
  }

  /** A stream on which any bytes may be sent as messages. */
  open(): ClientDuplexStream<Buffer, Buffer> {
    const same = (bytes: Buffer) => bytes;
    return this.#client.makeBidiStreamRequest<Buffer, Buffer>(ADS_PATH, same, same);
  }

  /** Sends messages and hangs up. @returns how the stream has ended. */
  async say(messages: readonly Uint8Array[]): Promise<{ code: status; details: string }> {
    const call = this.open();
    const ended = new Promise<{ code: status; details: string }>((resolve) => {
      call.on('status', ({ code, details }) => resolve({ code, details }));
      call.on('error', ({ code, details }: ServiceError) => resolve({ code, details }));
    });
    call.resume();
    for (const message of messages) call.write(Buffer.from(message));
    await Promise.race([ended, sleep(DIGESTION_MS)]);
    call.end();
    return ended;
  }

  /** Sends bytes where a stream's length-prefixed messages belong, and hangs up. */
  async sayUnframed(bytes: Uint8Array, encoding: string): Promise<void> {
    const session = connectHttp2(`http://${this.#address}`);
    session.on('error', () => {});
    try {
      const stream = session.request({
        ':method': 'POST',
        ':path': ADS_PATH,
        te: 'trailers',
        'content-type': 'application/grpc',
        'grpc-encoding': encoding,
      });
      stream.on('error', () => {}).resume();
      const closed = once(stream, 'close');
      stream.end(bytes);
      await closed;
    } finally {
      session.destroy();
    }
  }

  /** Sends bytes to the port and hangs up. */
  async shout(bytes: Uint8Array): Promise<void> {
    const socket = connect(Number(this.#address.split(':')[1]), '127.0.0.1');
    socket.on('error', () => {});
    await once(socket, 'connect');
    socket.resume().write(bytes);
    await sleep(DIGESTION_MS);
    socket.destroy();
  }

  close(): void {
    this.#client.close();
  }
}
