import {
  Channel,
  type ChannelInterface,
  credentials,
  Server,
  ServerCredentials,
} from '@grpc/grpc-js';
import type { DestinationStream, Logger } from 'pino';
import { createClient } from '../client/createClient.ts';
import type { ServiceClient } from '../client/ServiceClient.ts';
import { createLogger } from '../logging/createLogger.ts';
import type { GrpcService } from '../rpc/GrpcService.ts';
import { ActiveCalls } from '../server/ActiveCalls.ts';
import { addImplementation } from '../server/addImplementation.ts';
import type { Implementation } from '../server/implement.ts';
import type { LoadShedder } from '../server/LoadShedder.ts';
import { refuseWhenOverloaded } from '../server/refuseWhenOverloaded.ts';
import type { ServerEnvironment } from '../server/ServerEnvironment.ts';
import type { RequestCheck } from '../server/ServerMethod.ts';
import { Telemetry } from '../telemetry/Telemetry.ts';

export interface TestServerOptions {
  /** Default: no limits. */
  readonly limitOf?: (path: string) => number | undefined;
  /** Default: none. */
  readonly shedder?: Pick<LoadShedder, 'refuses'>;
}

/** A gRPC server in this process without a mesh, and clients of it: for tests of the adapters. */
export class TestServer {
  readonly telemetry: Telemetry;
  readonly environment: ServerEnvironment;
  /** What has been logged, one object a line. */
  readonly lines: Record<string, unknown>[];
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
    this.#channel = new Channel(`127.0.0.1:${port}`, credentials.createInsecure(), {});
    this.telemetry = telemetry;
    this.environment = environment;
    this.lines = lines;
  }

  /** Serves on a free port. */
  static async start(
    implementation: Implementation,
    check: RequestCheck = () => {},
    { limitOf, shedder }: TestServerOptions = {},
  ): Promise<TestServer> {
    const lines: Record<string, unknown>[] = [];
    const telemetry = await Telemetry.start({
      service: 'test',
      serviceId: 'test-1',
      version: '0.0.0',
      otlpEndpoint: undefined,
    });
    const environment: ServerEnvironment = {
      log: memoryLogger(lines),
      metrics: telemetry.calls,
      tracing: telemetry.tracing,
      calls: new ActiveCalls(),
    };
    const interceptors = shedder ? [refuseWhenOverloaded(shedder, telemetry.calls)] : [];
    const server = new Server({ interceptors });
    addImplementation(server, environment, implementation, () => check, limitOf);
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      );
    });
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

/** A logger that keeps its lines. */
export function memoryLogger(lines: Record<string, unknown>[]): Logger {
  const destination: DestinationStream = { write: (line) => lines.push(JSON.parse(line)) };
  return createLogger({ level: 'debug', base: {}, destination });
}
