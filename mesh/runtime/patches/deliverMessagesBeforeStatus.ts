import type { Channel } from 'node:diagnostics_channel';
import type { Http2Stream, IncomingHttpHeaders } from 'node:http2';
import { streamsOf, subscribeTo } from './grpcSessions.ts';
import { expectTestedNode, type Patch } from './Patch.ts';

/** Marks the headers of a request whose maker reads a stream of responses. HTTP/2 sends no symbols. */
export const RESPONSE_STREAM = Symbol('a stream of responses');

/**
 * Lets a caller have the responses that came before a failure. grpc-js drops those that it holds as soon as the
 * status is there and is not OK: of a stream that answers twice and then fails, one answer arrives, or none.
 * Here grpc-js learns of such a status when the responses before it have been taken.
 *
 * Holds for the calls made with StreamMetadata, whose maker always asks for the next response.
 */
export const deliverMessagesBeforeStatus: Patch<{ readonly client: Channel }> = {
  name: 'deliverMessagesBeforeStatus',
  stage: 'import',
  touches: 'node:http2: on() of streams that carry responses of gRPC',
  without: 'responses that came just before a failure are lost',
  upstream: 'https://github.com/grpc/grpc-node/issues/2764',
  targets: () => ({ client: streamsOf('client') }),
  apply({ client }) {
    // Seen with Node 26: the failure never reaches a reader that takes its time.
    expectTestedNode('end paused streams otherwise');
    subscribeTo(client, ({ stream, headers }) => {
      if (RESPONSE_STREAM in headers) adapt(stream);
    });
  },
};

// biome-ignore lint/suspicious/noExplicitAny: listeners of any event
type Listener = (...parameters: any[]) => void;

function adapt(stream: Http2Stream): void {
  const failure = new HeldFailure(stream);
  const on = stream.on;
  stream.on = ((event: string, listener: Listener) => {
    if (event === 'trailers') return on.call(stream, event, failure.onTrailers(listener));
    if (event === 'close') return on.call(stream, event, failure.onClose(listener));
    return on.call(stream, event, listener);
  }) as typeof stream.on;
}

/** The status of a failure that waits for the responses before it, and the end of its HTTP/2 stream behind it. */
class HeldFailure {
  readonly #stream: Http2Stream;
  readonly #held: (() => void)[] = [];

  constructor(stream: Http2Stream) {
    this.#stream = stream;
  }

  onTrailers(listener: Listener): Listener {
    return (trailers: IncomingHttpHeaders, ...others: unknown[]) => {
      const tell = () => listener(trailers, ...others);
      if (trailers['grpc-status'] === '0') return tell();
      this.#held.push(tell);
      this.#stream.once('end', () => this.#release());
      this.#stream.on('resume', () => this.#release());
      this.#release();
    };
  }

  onClose(listener: Listener): Listener {
    return (...parameters) => {
      this.#held.push(() => listener(...parameters));
      // A stream that is cut off has no end, and nothing more to wait for.
      if (this.#held.length === 1 || !this.#stream.readableEnded) this.#tell();
    };
  }

  /** grpc-js pauses the stream while it holds responses, and resumes it when it is asked for the next. */
  #release(): void {
    if (this.#stream.readableEnded && !this.#stream.isPaused()) this.#tell();
  }

  #tell(): void {
    for (const tell of this.#held.splice(0)) tell();
  }
}
