import { Channel, type ChannelInterface, credentials, Server } from '@grpc/grpc-js';
import { listen } from '../../testing/listen.ts';
import { createClient } from '../client/createClient.ts';
import type { ServiceClient } from '../client/ServiceClient.ts';
import type { GrpcService } from '../rpc/GrpcService.ts';
import { addImplementation } from '../server/addImplementation.ts';
import type { Implementation } from '../server/implement.ts';
import type { LoadShedder } from '../server/LoadShedder.ts';
import { refuseWhenOverloaded } from '../server/refuseWhenOverloaded.ts';
import type { ServerEnvironment } from '../server/ServerEnvironment.ts';
import type { RequestCheck, ServedContract } from '../server/ServerMethod.ts';
import type { Telemetry } from '../telemetry/Telemetry.ts';
import { testEnvironment } from './testEnvironment.ts';

export { memoryLogger } from './memoryLogger.ts';

export interface TestServerOptions {
  /** The check for the requests of a method, where they are not the same for all. Default: `check`. */
  readonly checkOf?: (path: string) => RequestCheck;
  /** Gives what is gone by in the contract of a method, by its path. Default: nothing. */
  readonly contractOf?: (path: string) => Partial<ServedContract> | undefined;
  /** Default: none. */
  readonly shedder?: Pick<LoadShedder, 'refuses'>;
}

/** A gRPC server in this process without a mesh, and clients of it: for tests of the adapters. */
export class TestServer {
  readonly telemetry: Telemetry;
  readonly environment: ServerEnvironment;
  /** What has been logged, one object a line. */
  readonly lines: Record<string, unknown>[];
  /** Such as `127.0.0.1:40001`. */
  readonly address: string;
  readonly #server: Server;
  readonly #channel: ChannelInterface;

  private constructor(
    server: Server,
    port: number,
    telemetry: Telemetry,
    environment: ServerEnvironment,
    lines: Record<string, unknown>[],
  ) {
    this.#server = server;
    this.address = `127.0.0.1:${port}`;
    this.#channel = new Channel(this.address, credentials.createInsecure(), {});
    this.telemetry = telemetry;
    this.environment = environment;
    this.lines = lines;
  }

  /** Serves on a free port. */
  static async start(
    implementation: Implementation,
    check: RequestCheck = () => {},
    { checkOf = () => check, contractOf, shedder }: TestServerOptions = {},
  ): Promise<TestServer> {
    const { telemetry, environment, lines } = await testEnvironment();
    const interceptors = shedder ? [refuseWhenOverloaded(shedder, telemetry.calls)] : [];
    const server = new Server({ interceptors });
    addImplementation(server, environment, implementation, checkOf, contractOf);
    const port = await listen(server);
    return new TestServer(server, port, telemetry, environment, lines);
  }

  client<Service extends GrpcService>(service: Service): ServiceClient<Service> {
    const { calls: metrics, tracing } = this.telemetry;
    return createClient(service, this.#channel, { metrics, tracing });
  }

  async stop(): Promise<void> {
    this.#channel.close();
    this.#server.forceShutdown();
    await this.telemetry.shutdown();
  }
}
