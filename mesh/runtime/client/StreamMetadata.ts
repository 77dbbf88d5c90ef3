import type { Metadata } from '@grpc/grpc-js';
import type { SpanContext } from '@opentelemetry/api';
import { RESPONSE_STREAM } from '../patches/deliverMessagesBeforeStatus.ts';
import { TracedMetadata } from '../telemetry/TracedMetadata.ts';

type Headers = ReturnType<Metadata['toHttp2Headers']>;

/** Metadata of a call that has a stream of responses: its HTTP/2 stream is known by them to deliverMessagesBeforeStatus. */
export class StreamMetadata extends TracedMetadata {
  readonly #context: SpanContext;
  readonly #principalToken: string | undefined;

  /** As TracedMetadata. */
  constructor(context: SpanContext, principalToken: string | undefined, from?: Metadata) {
    super(context, principalToken, from);
    this.#context = context;
    this.#principalToken = principalToken;
  }

  override toHttp2Headers(): Headers {
    return Object.assign(super.toHttp2Headers(), { [RESPONSE_STREAM]: true });
  }

  override clone(): Metadata {
    return new StreamMetadata(this.#context, this.#principalToken, this);
  }
}
