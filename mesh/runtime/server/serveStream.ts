import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  handleBidiStreamingCall,
  handleClientStreamingCall,
  handleServerStreamingCall,
  ServerDuplexStream,
  ServerReadableStream,
  ServerWritableStream,
} from '@grpc/grpc-js';
import type { BidiHandler, ClientStreamHandler, ServerStreamHandler } from './Handlers.ts';
import { ServerCall } from './ServerCall.ts';
import type { ServerEnvironment } from './ServerEnvironment.ts';
import type { ServerMethod } from './ServerMethod.ts';

/**
 * A caller in Node that goes in the middle of a stream sends END_STREAM, as one that has no more would, and the
 * reset after it. What tells them apart comes within a millisecond.
 */
const GONE_WITHIN_MS = 2;

/**
 * A stream of responses that has said nothing for so long is opened by its header, so that its caller does not take it for
 * one that cannot be reached. What fails before is an error without a header, which through the edge is an HTTP status of its
 * own.
 */
const OPEN_AFTER_MS = 100;

type Readable = ServerReadableStream<Buffer, Buffer> | ServerDuplexStream<Buffer, Buffer>;
type Writable = ServerWritableStream<Buffer, Buffer> | ServerDuplexStream<Buffer, Buffer>;

/** Serves a method of one request and a stream of responses. */
export function serveServerStream(
  environment: ServerEnvironment,
  method: ServerMethod,
  handler: ServerStreamHandler<unknown, unknown>,
): handleServerStreamingCall<Buffer, Buffer> {
  return (call) => {
    const context = new ServerCall(environment, method, call);
    const opening = setTimeout(() => context.sendHeader(), OPEN_AFTER_MS);
    respond(call, context, method, () => handler(method.read(call.request), context)).finally(() =>
      clearTimeout(opening),
    );
  };
}

/** Serves a method of streams both ways. */
export function serveBidi(
  environment: ServerEnvironment,
  method: ServerMethod,
  handler: BidiHandler<unknown, unknown>,
): handleBidiStreamingCall<Buffer, Buffer> {
  return (call) => {
    const context = new ServerCall(environment, method, call);
    respond(call, context, method, () => handler(requests(call, context, method), context));
  };
}

/** Serves a method of a stream of requests and one response. */
export function serveClientStream(
  environment: ServerEnvironment,
  method: ServerMethod,
  handler: ClientStreamHandler<unknown, unknown>,
): handleClientStreamingCall<Buffer, Buffer> {
  return async (call, callback) => {
    const context = new ServerCall(environment, method, call);
    const { scope } = context;
    try {
      const waiting = context.authorize();
      if (waiting) await waiting;
      const response = await scope.run(() =>
        scope.until(handler(requests(call, context, method), context)),
      );
      const bytes = method.codec.encodeResponse(response);
      if (!context.succeed()) return;
      context.sendHeaderSet();
      callback(null, bytes, context.successTrailer);
    } catch (thrown) {
      const error = context.fail(thrown);
      if (!error) return;
      context.sendHeaderSet();
      callback({
        code: error.code,
        details: error.message,
        metadata: context.failureTrailer(error),
      });
    }
  };
}

/** Sends what a handler yields, as fast as the caller takes it, and then the status. */
async function respond(
  call: Writable,
  context: ServerCall,
  method: ServerMethod,
  handle: () => AsyncIterable<unknown>,
): Promise<void> {
  try {
    const waiting = context.authorize();
    if (waiting) await waiting;
    await context.scope.run(() => send(call, context, method, handle()));
    if (context.succeed()) call.end(context.successTrailer);
  } catch (thrown) {
    const error = context.fail(thrown);
    if (!error) return;
    context.sendHeaderSet();
    call.emit('error', {
      code: error.code,
      details: error.message,
      metadata: context.failureTrailer(error),
    });
  }
}

async function send(
  call: Writable,
  context: ServerCall,
  method: ServerMethod,
  responses: AsyncIterable<unknown>,
): Promise<void> {
  const { scope } = context;
  const iterator = responses[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await scope.until(iterator.next());
      context.sendHeaderSet();
      if (next.done) return;
      if (!call.write(method.codec.encodeResponse(next.value))) {
        await scope.until(once(call, 'drain'));
      }
    }
  } finally {
    // Not awaited: a handler that is waiting for something else comes to its `finally` when that is over.
    iterator.return?.().catch((err) => context.log.debug({ err }, 'handler failed after its call'));
  }
}

/** The requests of a stream, decoded and checked as the handler asks for them. */
async function* requests(
  call: Readable,
  context: ServerCall,
  method: ServerMethod,
): AsyncGenerator<unknown, void, void> {
  const { scope } = context;
  try {
    // A handler that stops reading has not ended the call.
    for await (const bytes of call.iterator({ destroyOnReturn: false })) yield method.read(bytes);
  } catch (error) {
    throw scope.cancelled ?? error;
  }
  await sleep(GONE_WITHIN_MS);
  if (scope.cancelled) throw scope.cancelled;
}
