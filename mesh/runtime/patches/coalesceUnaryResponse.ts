import type { ServerHttp2Stream } from 'node:http2';
import { expectMethods, expectTestedNode, type Patch, UnexpectedShape } from './Patch.ts';
import { makeSubmitTrailers } from './submitTrailers.ts';

/** The part of grpc-js's calls at a server's transport that is used. */
interface AnsweringCall {
  readonly handler: { readonly type: string };
  readonly stream: ServerHttp2Stream;
  readonly maxSendMessageSize: number;
  checkCancelled(): boolean;
  maybeSendMetadata(): void;
  serializeMessage(message: unknown): Buffer;
  sendMessage(message: unknown, callback: () => void): void;
}

const ONE_RESPONSE: ReadonlySet<string> = new Set(['unary', 'clientStream']);
const UNLIMITED = -1;
/** What a stream says of chunks that are no text. */
const BYTES = 'buffer' as BufferEncoding;

/**
 * Lets the response of a unary call leave in one piece: header, message and trailer in one write. grpc-js sends the trailer
 * when the message has been written, which on a machine with work to do is milliseconds later; the caller of a server
 * that dies in between loses a call whose answer is there, for neither gRPC clients nor Envoy repeat what has begun to
 * arrive.
 *
 * The message goes to the stream's own _write(): as long as a write() lasts, Node does not end the stream.
 */
export const coalesceUnaryResponse: Patch<{
  readonly BaseServerInterceptingCall: { readonly prototype: object };
}> = {
  name: 'coalesceUnaryResponse',
  stage: 'import',
  touches:
    '@grpc/grpc-js: BaseServerInterceptingCall.sendMessage; node:http2: sendTrailers() of its streams',
  without: 'a server that is killed may fail calls that it has answered',
  upstream: 'docs/upstream.md#coalesceunaryresponse',
  async targets() {
    const { BaseServerInterceptingCall } = await import(
      '@grpc/grpc-js/build/src/server-interceptors.js'
    );
    return { BaseServerInterceptingCall };
  },
  apply({ BaseServerInterceptingCall }, refuse) {
    expectTestedNode('hold trailers in another form');
    const prototype = expectMethods<AnsweringCall>(
      'BaseServerInterceptingCall',
      BaseServerInterceptingCall.prototype,
      { checkCancelled: 0, maybeSendMetadata: 0, serializeMessage: 1, sendMessage: 2 },
    );
    const { sendMessage } = prototype;
    /** Undefined until the first call has been seen; null: calls are not as expected. */
    let submitTrailers: ServerHttp2Stream['sendTrailers'] | null | undefined;
    prototype.sendMessage = function (message, callback) {
      if (submitTrailers === undefined) {
        try {
          expectCall(this);
          submitTrailers = makeSubmitTrailers(this.stream);
        } catch (error) {
          submitTrailers = null;
          refuse((error as Error).message);
        }
      }
      const { handler, stream, maxSendMessageSize } = this;
      const usual = !ONE_RESPONSE.has(handler.type) || maxSendMessageSize !== UNLIMITED;
      if (!submitTrailers || usual || stream.writableEnded || this.checkCancelled()) {
        return sendMessage.call(this, message, callback);
      }
      stream.sendTrailers = submitTrailers;
      this.maybeSendMetadata();
      // A write that fails ends the stream, which tells the call.
      stream._write(this.serializeMessage(message), BYTES, () => {});
      callback();
    };
  },
};

/** @throws UnexpectedShape. */
function expectCall({ handler, stream, maxSendMessageSize }: AnsweringCall): void {
  const fits =
    typeof handler?.type === 'string' &&
    typeof maxSendMessageSize === 'number' &&
    typeof stream?._write === 'function';
  if (!fits) throw new UnexpectedShape('BaseServerInterceptingCall holds other things');
}
