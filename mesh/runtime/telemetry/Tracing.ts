import {
  type Attributes,
  context,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import type { RpcError } from '../rpc/RpcError.ts';
import { randomHex } from './traceParent.ts';

/**
 * Makes the spans of calls. With a tracer they are recorded; without one they only carry the ids that logs and
 * other processes know the trace by.
 */
export class Tracing {
  readonly #tracer: Tracer | undefined;

  constructor(tracer?: Tracer) {
    this.#tracer = tracer;
  }

  /** Whether spans go anywhere. If not, they need not be made before somebody asks for their ids. */
  get recording(): boolean {
    return this.#tracer !== undefined;
  }

  /**
   * The span of a call that is being served.
   *
   * @param name Of the method, such as "market.v1.AnalyticsService/ListAssets"; of HTTP the verb and the route.
   * @param remote What the caller sent.
   * @param attributes Default: those of a call by gRPC.
   */
  server(name: string, remote: SpanContext | undefined, attributes?: Attributes): Span {
    if (!this.#tracer) {
      const parent = remote ?? { traceId: randomHex(16), traceFlags: TraceFlags.NONE };
      return trace.wrapSpanContext({ ...parent, spanId: randomHex(8) });
    }
    const parent = remote ? trace.setSpanContext(ROOT_CONTEXT, remote) : ROOT_CONTEXT;
    return this.#start(this.#tracer, name, SpanKind.SERVER, parent, attributes);
  }

  /**
   * The span of a call that goes out; its parent is the span that the calling code runs in. Undefined: spans go nowhere,
   * and what the call tells of its trace is `current()`.
   */
  client(method: string): Span | undefined {
    return this.#tracer && this.#start(this.#tracer, method, SpanKind.CLIENT, context.active());
  }

  /** The trace that the calling code runs in; a new one if there is none. */
  current(): SpanContext {
    return (
      trace.getActiveSpan()?.spanContext() ?? {
        traceId: randomHex(16),
        spanId: randomHex(8),
        traceFlags: TraceFlags.NONE,
      }
    );
  }

  #start(
    tracer: Tracer,
    name: string,
    kind: SpanKind,
    parent: typeof ROOT_CONTEXT,
    attributes = ofRpc(name),
  ): Span {
    return tracer.startSpan(name, { kind, attributes }, parent);
  }

  /**
   * Ends a span that server() or client() made.
   *
   * @param attributes What is known only now. Default: the status of a call by gRPC.
   */
  end(span: Span | undefined, error: RpcError | undefined, attributes?: Attributes): void {
    // Without a tracer nothing records it.
    if (!this.#tracer || !span) return;
    span.setAttributes(attributes ?? { 'rpc.grpc.status_code': error?.code ?? 0 });
    if (error) span.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
    span.end();
  }
}

function ofRpc(method: string): Attributes {
  const slash = method.indexOf('/');
  return {
    'rpc.system': 'grpc',
    'rpc.service': method.slice(0, slash),
    'rpc.method': method.slice(slash + 1),
  };
}
