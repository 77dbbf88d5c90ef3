import {
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
   * @param method Such as "market.v1.AnalyticsService/ListAssets".
   * @param remote What the caller sent.
   */
  server(method: string, remote: SpanContext | undefined): Span {
    if (!this.#tracer) {
      const parent = remote ?? { traceId: randomHex(16), traceFlags: TraceFlags.NONE };
      return trace.wrapSpanContext({ ...parent, spanId: randomHex(8) });
    }
    const parent = remote ? trace.setSpanContext(ROOT_CONTEXT, remote) : ROOT_CONTEXT;
    return this.#start(this.#tracer, method, SpanKind.SERVER, parent);
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

  #start(tracer: Tracer, method: string, kind: SpanKind, parent: typeof ROOT_CONTEXT): Span {
    const slash = method.indexOf('/');
    const attributes = {
      'rpc.system': 'grpc',
      'rpc.service': method.slice(0, slash),
      'rpc.method': method.slice(slash + 1),
    };
    return tracer.startSpan(method, { kind, attributes }, parent);
  }

  /** Ends a span that server() or client() made. */
  end(span: Span | undefined, error: RpcError | undefined): void {
    // Without a tracer nothing records it.
    if (!this.#tracer || !span) return;
    span.setAttribute('rpc.grpc.status_code', error?.code ?? 0);
    if (error) span.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
    span.end();
  }
}
