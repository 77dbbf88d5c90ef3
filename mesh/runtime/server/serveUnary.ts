import type { handleUnaryCall } from '@grpc/grpc-js';
import type { UnaryHandler } from './Handlers.ts';
import { ServerCall } from './ServerCall.ts';
import type { ServerEnvironment } from './ServerEnvironment.ts';
import type { ServerMethod } from './ServerMethod.ts';

/** Serves a method of one request and one response. */
export function serveUnary(
  environment: ServerEnvironment,
  method: ServerMethod,
  handler: UnaryHandler<unknown, unknown>,
): handleUnaryCall<Buffer, Buffer> {
  return async (call, callback) => {
    const context = new ServerCall(environment, method, call);
    try {
      const waiting = context.authorize();
      if (waiting) await waiting;
      const request = method.read(call.request);
      const response = await context.scope.run(() => handler(request, context));
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
