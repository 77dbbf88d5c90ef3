import type { ServerHttp2Stream } from 'node:http2';
import { sendTrailersAtOnce } from './sendTrailersAtOnce.ts';

/** The part of grpc-js's calls at a server's transport that is used. */
export interface AnsweringCall {
  readonly handler: { readonly type: string };
  readonly stream: ServerHttp2Stream;
  readonly maxSendMessageSize: number;
  checkCancelled(): boolean;
  maybeSendMetadata(): void;
  serializeMessage(message: unknown): Buffer;
  sendMessage(message: unknown, callback: () => void): void;
}

const ONE_ANSWER: ReadonlySet<string> = new Set(['unary', 'clientStream']);
const UNLIMITED = -1;
/** What a stream says of chunks that are no text. */
const BYTES = 'buffer' as BufferEncoding;

/**
 * Lets an answer of one message leave in one piece: header, message and trailer in one write. grpc-js sends the trailer
 * when the message has been written, which on a machine with work to do is milliseconds later; the caller of a server
 * that dies in between loses a call whose answer is there, for neither gRPC clients nor Envoy repeat what has begun to
 * arrive.
 *
 * The message goes to the stream's own _write(): as long as a write() lasts, Node does not end the stream.
 */
export function answerAtOnce(call: { readonly prototype: AnsweringCall }): void {
  const { prototype } = call;
  const { sendMessage } = prototype;
  prototype.sendMessage = function (this: AnsweringCall, message, callback) {
    const { handler, stream, maxSendMessageSize } = this;
    const usual = !ONE_ANSWER.has(handler.type) || maxSendMessageSize !== UNLIMITED;
    if (usual || stream.writableEnded || this.checkCancelled()) {
      return sendMessage.call(this, message, callback);
    }
    sendTrailersAtOnce(stream);
    this.maybeSendMetadata();
    // A write that fails ends the stream, which tells the call.
    stream._write(this.serializeMessage(message), BYTES, () => {});
    callback();
  };
}
