import { Metadata } from '@grpc/grpc-js';
import type { SpanContext } from '@opentelemetry/api';
import { PRINCIPAL_HEADER } from '../../principal/index.ts';
import { traceHeaders } from './traceParent.ts';

/**
 * Metadata of a call that goes out with its W3C trace context and on whose behalf it is made, which is written when the
 * headers are. As entries of the metadata they would be checked, and copied by each of gRPC's layers that copies it.
 *
 * Leaves out `accept-encoding`, which grpc-js adds to each call and which is no part of gRPC's protocol
 * (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md): with it a request has more fields than the table
 * that Node's HTTP/2 reads them into has room for before it is made anew.
 */
export class TracedMetadata extends Metadata {
  readonly #context: SpanContext;
  readonly #principalToken: string | undefined;

  /**
   * @param principalToken Says on whose behalf the call is made, unless `from` does.
   * @param from Copied.
   */
  constructor(context: SpanContext, principalToken: string | undefined, from?: Metadata) {
    super(from?.getOptions());
    this.#context = context;
    this.#principalToken = principalToken;
    if (from) this.merge(from);
  }

  override toHttp2Headers(): ReturnType<Metadata['toHttp2Headers']> {
    const headers = super.toHttp2Headers() as Record<string, string | string[] | undefined>;
    traceHeaders(headers, this.#context);
    if (this.#principalToken !== undefined) headers[PRINCIPAL_HEADER] ??= this.#principalToken;
    // Node leaves out what is undefined.
    headers['accept-encoding'] = undefined;
    return headers as ReturnType<Metadata['toHttp2Headers']>;
  }

  override clone(): Metadata {
    return new TracedMetadata(this.#context, this.#principalToken, this);
  }
}
