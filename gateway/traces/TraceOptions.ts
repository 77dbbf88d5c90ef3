/** Where the edge's traces go. */
export interface TraceOptions {
  /** The collector, such as "http://127.0.0.1:4318"; by HTTP, "/v1/traces" is added to its path. */
  readonly endpoint: string;
  /** How OTLP is spoken. */
  readonly protocol: TraceProtocol;
  /** Sent along with all that is exported, such as a token. Default: none. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** As OpenTelemetry names them. */
export type TraceProtocol = (typeof TRACE_PROTOCOLS)[number];

export const TRACE_PROTOCOLS = ['grpc', 'http/protobuf'] as const;
