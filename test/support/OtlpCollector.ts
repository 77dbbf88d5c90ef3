import { once } from 'node:events';
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { Server, ServerCredentials, type sendUnaryData } from '@grpc/grpc-js';
import protobuf from 'protobufjs';

/** A span, as it was sent. */
export interface CollectedSpan {
  /** `service.name` of who sent it. */
  readonly service: string;
  readonly traceId: string;
  readonly spanId: string;
  /** "" for the root of a trace. */
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: 'INTERNAL' | 'SERVER' | 'CLIENT' | 'PRODUCER' | 'CONSUMER' | 'UNSPECIFIED';
  readonly attributes: Readonly<Record<string, string>>;
}

/** Of OTLP's messages what is read here: https://github.com/open-telemetry/opentelemetry-proto */
const { root } = protobuf.parse(`
  syntax = "proto3";
  message ExportTraceServiceRequest { repeated ResourceSpans resource_spans = 1; }
  message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
  message Resource { repeated KeyValue attributes = 1; }
  message ScopeSpans { repeated Span spans = 2; }
  message KeyValue { string key = 1; AnyValue value = 2; }
  message AnyValue { string string_value = 1; bool bool_value = 2; int64 int_value = 3; }
  message Span {
    bytes trace_id = 1; bytes span_id = 2; bytes parent_span_id = 4; string name = 5; int32 kind = 6;
    repeated KeyValue attributes = 9;
  }
`);
const Request = root.lookupType('ExportTraceServiceRequest');
const KINDS = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'] as const;
const EXPORT = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';

interface KeyValue {
  readonly key: string;
  readonly value: { readonly stringValue: string };
}
interface ExportRequest {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly KeyValue[] };
    readonly scopeSpans: readonly {
      readonly spans: readonly {
        readonly traceId: string;
        readonly spanId: string;
        readonly parentSpanId: string;
        readonly name: string;
        readonly kind: number;
        readonly attributes: readonly KeyValue[];
      }[];
    }[];
  }[];
}

/** Takes traces by OTLP, by gRPC and by HTTP with protobuf, each on a port of its own. */
export class OtlpCollector {
  readonly spans: CollectedSpan[] = [];
  /** All that was sent, as it came. */
  readonly exports: Buffer[] = [];
  /** Values of the header `authorization` that exports came with. */
  readonly tokens = new Set<string>();
  readonly #http: HttpServer;
  readonly #grpc: Server;
  #grpcPort = 0;

  private constructor() {
    this.#http = createServer(async (request, response) => {
      this.tokens.add(request.headers.authorization ?? '');
      const isTraces = request.method === 'POST' && request.url === '/v1/traces';
      if (isTraces) this.#take(await buffer(request));
      response.writeHead(isTraces ? 200 : 404, { 'content-type': 'application/x-protobuf' }).end();
    });
    this.#grpc = new Server();
    this.#grpc.register<Buffer, Buffer>(
      EXPORT,
      ((
        call: { request: Buffer; metadata: { get(name: string): unknown[] } },
        done: sendUnaryData<Buffer>,
      ) => {
        this.tokens.add(String(call.metadata.get('authorization')[0] ?? ''));
        this.#take(call.request);
        done(null, Buffer.alloc(0));
      }) as never,
      (answer) => answer,
      (bytes) => bytes,
      'unary',
    );
  }

  static async start(): Promise<OtlpCollector> {
    const collector = new OtlpCollector();
    collector.#http.listen(0, '127.0.0.1');
    await once(collector.#http, 'listening');
    collector.#grpcPort = await new Promise<number>((resolve, reject) =>
      collector.#grpc.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) =>
        error ? reject(error) : resolve(port),
      ),
    );
    return collector;
  }

  /** What a process is told, to send its traces here. */
  environment(protocol: 'grpc' | 'http/protobuf'): Record<string, string> {
    const { port } = this.#http.address() as AddressInfo;
    return {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${protocol === 'grpc' ? this.#grpcPort : port}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20collector',
      OTEL_BSP_SCHEDULE_DELAY: '200',
    };
  }

  stop(): void {
    this.#http.close();
    this.#http.closeAllConnections();
    this.#grpc.forceShutdown();
  }

  #take(bytes: Buffer): void {
    this.exports.push(bytes);
    const { resourceSpans } = Request.toObject(Request.decode(bytes), {
      bytes: String,
      longs: String,
      defaults: true,
    }) as ExportRequest;
    for (const { resource, scopeSpans } of resourceSpans) {
      const service = textsOf(resource.attributes)['service.name'] ?? '';
      for (const span of scopeSpans.flatMap(({ spans }) => spans)) {
        this.spans.push({
          ...{ service, name: span.name, kind: KINDS[span.kind] ?? 'UNSPECIFIED' },
          traceId: hex(span.traceId),
          spanId: hex(span.spanId),
          parentSpanId: hex(span.parentSpanId),
          attributes: textsOf(span.attributes),
        });
      }
    }
  }
}

function textsOf(attributes: readonly KeyValue[]): Record<string, string> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, value?.stringValue ?? '']));
}

function hex(base64: string): string {
  return Buffer.from(base64, 'base64').toString('hex');
}
