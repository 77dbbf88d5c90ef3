import { once } from 'node:events';
import { createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { Channel, type ChannelInterface, credentials } from '@grpc/grpc-js';
import { type CallContract, createClient } from '../client/createClient.ts';
import type { ServiceClient } from '../client/ServiceClient.ts';
import type { GrpcService } from '../rpc/GrpcService.ts';
import type { Telemetry } from '../telemetry/Telemetry.ts';
import { testEnvironment } from './testEnvironment.ts';

/** A server of bare HTTP/2: for answers that no gRPC library gives. */
export class RawServer {
  /** Such as `127.0.0.1:40001`. */
  readonly address: string;
  readonly #server: Http2Server;
  readonly #channel: ChannelInterface;
  readonly #telemetry: Telemetry;

  private constructor(server: Http2Server, scheme: string, telemetry: Telemetry) {
    this.#server = server;
    const { port } = server.address() as AddressInfo;
    this.address = `127.0.0.1:${port}`;
    this.#channel = new Channel(`${scheme}:${this.address}`, credentials.createInsecure(), {});
    this.#telemetry = telemetry;
  }

  /**
   * @param answer Given each request's stream when its header has come.
   * @param scheme Of its clients' target. Default: one without retries.
   */
  static async start(
    answer: (stream: ServerHttp2Stream) => void,
    scheme = 'ipv4',
  ): Promise<RawServer> {
    const server = createServer();
    server.on('stream', answer);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { telemetry } = await testEnvironment();
    return new RawServer(server, scheme, telemetry);
  }

  /** @param contract Of its methods. Default: none is known. */
  client<Service extends GrpcService>(
    service: Service,
    contract?: CallContract,
  ): ServiceClient<Service> {
    const { calls: metrics, tracing } = this.#telemetry;
    return createClient(service, this.#channel, { metrics, tracing }, () => contract);
  }

  async stop(): Promise<void> {
    this.#channel.close();
    this.#server.close();
    await this.#telemetry.shutdown();
  }
}
