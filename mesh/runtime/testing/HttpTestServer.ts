import { once } from 'node:events';
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http2';
import { buffer } from 'node:stream/consumers';
import { Server, type ServerInterceptor, type sendUnaryData } from '@grpc/grpc-js';
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node';
import type { HttpPath } from '../../manifest/index.ts';
import { listen } from '../../testing/listen.ts';
import { HttpFace } from '../http/HttpFace.ts';
import type { HttpImplementation } from '../http/HttpImplementation.ts';
import { pathAccess } from '../http/pathAccess.ts';
import { applyPatch } from '../patches/applyPatches.ts';
import { serveHttp, serveHttpStreams } from '../patches/serveHttpStreams.ts';
import type { Principals } from '../principal/Principals.ts';
import type { ActiveCalls } from '../server/ActiveCalls.ts';
import { Tracing } from '../telemetry/Tracing.ts';
import { bytesMethod } from './bytesMethod.ts';
import { type TestEnvironment, testEnvironment } from './testEnvironment.ts';

/** Method of gRPC that the server serves beside its HTTP; it answers what it is sent. */
export const ECHO = bytesMethod('/test.Echo/Echo');

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Seconds and attributes of a request that has ended. */
export interface Duration {
  readonly seconds: number;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** A grpc-js server in this process that serves HTTP too, and a connection to it. */
export class HttpTestServer {
  readonly session: ClientHttp2Session;
  readonly durations: Duration[];
  /** Has the spans of those that have ended. */
  readonly traces: InMemorySpanExporter;
  readonly #server: Server;
  readonly #test: TestEnvironment;

  private constructor(
    server: Server,
    session: ClientHttp2Session,
    test: TestEnvironment,
    durations: Duration[],
    traces: InMemorySpanExporter,
  ) {
    this.#server = server;
    this.session = session;
    this.#test = test;
    this.durations = durations;
    this.traces = traces;
  }

  static async start(
    implementations: readonly HttpImplementation[],
    interceptors: ServerInterceptor[] = [],
    paths: readonly HttpPath[] = [],
  ): Promise<HttpTestServer> {
    const test = await testEnvironment();
    await applyPatch(serveHttpStreams, test.environment);
    const server = new Server({ interceptors, 'grpc.enable_channelz': 0 });
    const echo = (call: { request: Buffer }, callback: sendUnaryData<Buffer>) =>
      callback(null, call.request);
    server.addService({ echo: ECHO }, { echo });
    const durations: Duration[] = [];
    const record = (seconds: number, attributes = {}) => durations.push({ seconds, attributes });
    const traces = new InMemorySpanExporter();
    const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(traces)] });
    const tracing = new Tracing(provider.getTracer('test'));
    const environment = { ...test.environment, tracing, durations: () => ({ record }) };
    serveHttp(server, new HttpFace(environment, implementations, pathAccess(paths)));
    const session = connect(`http://127.0.0.1:${await listen(server)}`);
    await once(session, 'remoteSettings');
    return new HttpTestServer(server, session, test, durations, traces);
  }

  /** What has been logged, one object a line. */
  get lines(): Record<string, unknown>[] {
    return this.#test.lines;
  }

  get principals(): Principals {
    return this.#test.environment.principals;
  }

  get calls(): ActiveCalls {
    return this.#test.environment.calls;
  }

  /** Requests under way. */
  get active(): number {
    return this.#test.environment.calls.size;
  }

  open(path: string, headers: OutgoingHttpHeaders = {}): ClientHttp2Stream {
    return this.session.request({ ':path': path, ...headers });
  }

  async ask(path: string, headers: OutgoingHttpHeaders = {}, body?: Buffer): Promise<HttpAnswer> {
    const stream = this.open(path, headers);
    const answered = once(stream, 'response');
    if (body) stream.end(body);
    const [received] = await answered;
    return {
      status: received[':status'],
      headers: received,
      body: (await buffer(stream)).toString(),
    };
  }

  async stop(): Promise<void> {
    this.session.destroy();
    this.#server.forceShutdown();
    await this.#test.telemetry.shutdown();
  }
}
