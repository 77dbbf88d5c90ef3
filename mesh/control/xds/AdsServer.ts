import { chmod } from 'node:fs/promises';
import {
  type handleBidiStreamingCall,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServiceDefinition,
  status,
} from '@grpc/grpc-js';
import { makeWayForSocket } from '@weft/mesh/local';
import type { Logger } from 'pino';
import { AdsStream } from './AdsStream.ts';
import {
  type DiscoveryRequest,
  type DiscoveryResponse,
  decodeRequest,
  encodeResponse,
} from './discoveryMessages.ts';
import { isLoopback } from './isLoopback.ts';
import { LIMITS } from './limits.ts';
import type { ResourceSource } from './ResourceSource.ts';
import type { ResourceType } from './ResourceType.ts';
import { StreamRefusal } from './StreamRefusal.ts';
import { readClient } from './XdsClient.ts';

type Call = ServerDuplexStream<DiscoveryRequest, DiscoveryResponse>;

export interface AdsServerOptions {
  /** `unix:path`, or loopback `host:port` (port 0: a free one). */
  readonly listen: string;
  readonly source: ResourceSource;
  readonly log: Logger;
  /** Streams of all connections; further ones are refused. Default: 2,000. */
  readonly maxStreams?: number;
  readonly observed?: (type: ResourceType, event: 'sent' | 'ack' | 'nack') => void;
}

const OPEN_PORT =
  'xDS is served on a port: whoever takes it while no control plane runs is believed in its place; ' +
  'a Unix socket (--listen unix:PATH) is its owner’s';

const service: ServiceDefinition = {
  StreamAggregatedResources: {
    path: '/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources',
    requestStream: true,
    responseStream: true,
    requestDeserialize: decodeRequest,
    responseSerialize: encodeResponse,
    requestSerialize: () => {
      throw new Error('a server sends no requests');
    },
    responseDeserialize: () => {
      throw new Error('a server reads no responses');
    },
  },
};

/** The path in `unix:path`. */
function socketOf(listen: string): string | undefined {
  return /^unix:(?:\/\/(?=\/))?(.+)$/.exec(listen)?.[1];
}

/**
 * Serves resources by the aggregated discovery service, in plain text to this machine alone: on a Unix socket to its own user,
 * for grpc-js has no other credentials for xDS than none and Google's.
 */
export class AdsServer {
  readonly #options: AdsServerOptions;
  readonly #server = new Server({
    'grpc.keepalive_time_ms': 30_000,
    'grpc.keepalive_timeout_ms': 10_000,
    'grpc.max_receive_message_length': LIMITS.requestBytes,
    'grpc.max_concurrent_streams': LIMITS.streamsOfConnection,
  });
  /** Also those that have not said yet who they are. */
  readonly #calls = new Set<Call>();
  readonly #streams = new Map<Call, AdsStream>();
  #port = 0;

  constructor(options: AdsServerOptions) {
    this.#options = options;
    const handler: handleBidiStreamingCall<DiscoveryRequest, DiscoveryResponse> = (call) =>
      this.#serve(call);
    this.#server.addService(service, { StreamAggregatedResources: handler });
  }

  /** Where clients find it, as gRPC writes targets: "unix:/run/weft/control.sock", "ipv4:127.0.0.1:18000". */
  get target(): string {
    const { listen } = this.#options;
    if (listen.startsWith('unix:')) return listen;
    const host = listen.slice(0, listen.lastIndexOf(':'));
    const scheme = host.startsWith('[') ? 'ipv6' : 'ipv4';
    return `${scheme}:${host === 'localhost' ? '127.0.0.1' : host}:${this.#port}`;
  }

  get streams(): AdsStream[] {
    return [...this.#streams.values()];
  }

  /** @throws Error when the address is not of this machine alone, or is taken. */
  async start(): Promise<void> {
    const { listen } = this.#options;
    if (!isLoopback(listen)) {
      throw new Error(
        `the xDS server speaks plain text and so listens on loopback only: ${listen} is not. ` +
          'Run one control plane on each host, beside its Consul agent',
      );
    }
    const socket = socketOf(listen);
    if (socket) await makeWayForSocket(socket);
    this.#port = await new Promise<number>((resolve, reject) => {
      this.#server.bindAsync(listen, ServerCredentials.createInsecure(), (error, port) =>
        error ? reject(error) : resolve(port),
      );
    });
    if (socket) await chmod(socket, 0o600);
    else this.#options.log.warn({ listen }, OPEN_PORT);
  }

  /** Ends all streams: clients keep what they have and connect to another replica. */
  async stop(): Promise<void> {
    for (const call of this.#calls) call.end();
    const shutdown = new Promise<void>((resolve) => this.#server.tryShutdown(() => resolve()));
    const force = setTimeout(() => this.#server.forceShutdown(), 1_000);
    await shutdown;
    clearTimeout(force);
  }

  #serve(call: Call): void {
    const { maxStreams = LIMITS.streams } = this.#options;
    if (this.#calls.size >= maxStreams) {
      this.#refuse(call, StreamRefusal.tooMuch(`more than ${maxStreams} streams`));
      return;
    }
    this.#calls.add(call);
    call.on('drain', () => this.#streams.get(call)?.resume());
    call.on('data', (request: DiscoveryRequest) => {
      try {
        const stream = this.#streams.get(call) ?? this.#open(call, request);
        stream.receive(request);
      } catch (error) {
        this.#refuse(call, error as Error);
      }
    });
    call.on('end', () => {
      // What is due to a client that has hung up must not be written after the end.
      this.#close(call);
      call.end();
    });
    call.on('error', (error) => this.#options.log.debug({ err: error }, 'xDS stream failed'));
    // 'close' alone is not emitted for a client that vanished.
    call.on('cancelled', () => this.#close(call));
    call.on('close', () => this.#close(call));
    call.on('finish', () => this.#close(call));
  }

  #open(call: Call, request: DiscoveryRequest): AdsStream {
    const { source, observed } = this.#options;
    const client = readClient(request.node ?? {});
    const log = this.#options.log.child({ client: client.id, service: client.service });
    const stream = new AdsStream({
      client,
      source,
      log,
      send: (response) => call.write(response),
      failed: (error) => this.#refuse(call, error),
      ...(observed ? { observed } : {}),
    });
    this.#streams.set(call, stream);
    log.info({ userAgent: client.userAgent, role: client.role }, 'xDS client connected');
    return stream;
  }

  #refuse(call: Call, error: Error): void {
    const { log } = this.#options;
    this.#close(call);
    call.removeAllListeners('data');
    if (error instanceof StreamRefusal) {
      log.warn({ reason: error.message, peer: call.getPeer() }, 'xDS stream refused');
      call.emit('error', { code: error.code, details: error.message });
    } else {
      log.error({ err: error, peer: call.getPeer() }, 'xDS stream failed');
      call.emit('error', { code: status.INTERNAL, details: 'the control plane has failed' });
    }
  }

  #close(call: Call): void {
    this.#calls.delete(call);
    const stream = this.#streams.get(call);
    if (!stream) return;
    this.#streams.delete(call);
    stream.close();
    const { id, service: name } = stream.client;
    this.#options.log.info({ client: id, service: name }, 'xDS client gone');
  }
}
