import { expectMethods, type Patch } from './Patch.ts';

/** The part of grpc-js's calls at a client's transport that is used. */
export interface SubchannelCall {
  readonly statusOutput: boolean;
  listener: ClientListener;
  outputStatus(): void;
}

export interface ClientListener {
  onReceiveMetadata(): void;
  onReceiveMessage(): void;
  onReceiveStatus(): void;
}

/** The part of grpc-js's calls at a server's transport that is used. */
export interface InterceptingCall {
  readonly cancelNotified: boolean;
  /** null until the call is started: grpc-js looks each time. */
  listener: object | null;
  notifyOnCancel(): void;
}

const nobody: ClientListener = {
  onReceiveMetadata() {},
  onReceiveMessage() {},
  onReceiveStatus() {},
};

/**
 * Lets go of those who listened to a call once it has ended. An HTTP/2 stream that survives a young collection is kept
 * until a full one, and with it all that can be reached from it: grpc-js's layers, the runtime's call, the caller's
 * message. So only the stream is.
 */
export const forgetEndedCalls: Patch<{
  readonly Http2SubchannelCall: { readonly prototype: object };
  readonly BaseServerInterceptingCall: { readonly prototype: object };
}> = {
  name: 'forgetEndedCalls',
  stage: 'import',
  touches:
    '@grpc/grpc-js: Http2SubchannelCall.outputStatus, BaseServerInterceptingCall.notifyOnCancel',
  without: 'what belonged to a call that has ended is held until a full garbage collection',
  upstream: 'docs/upstream.md#forgetendedcalls',
  async targets() {
    const { Http2SubchannelCall } = await import('@grpc/grpc-js/build/src/subchannel-call.js');
    const { BaseServerInterceptingCall } = await import(
      '@grpc/grpc-js/build/src/server-interceptors.js'
    );
    return { Http2SubchannelCall, BaseServerInterceptingCall };
  },
  apply({ Http2SubchannelCall, BaseServerInterceptingCall }, refuse) {
    const client = expectMethods<SubchannelCall>(
      'Http2SubchannelCall',
      Http2SubchannelCall.prototype,
      { outputStatus: 0 },
    );
    const server = expectMethods<InterceptingCall>(
      'BaseServerInterceptingCall',
      BaseServerInterceptingCall.prototype,
      { notifyOnCancel: 0 },
    );
    const { outputStatus } = client;
    client.outputStatus = function () {
      const ended = this.statusOutput;
      outputStatus.call(this);
      if (ended) return;
      if (typeof this.listener?.onReceiveStatus !== 'function') {
        return refuse('Http2SubchannelCall.listener takes no status');
      }
      // The status itself is told in the next tick.
      process.nextTick(forgetCaller, this);
    };
    const { notifyOnCancel } = server;
    server.notifyOnCancel = function () {
      const ended = this.cancelNotified;
      notifyOnCancel.call(this);
      if (ended) return;
      if (typeof this.listener !== 'object') {
        return refuse('BaseServerInterceptingCall has no listener');
      }
      process.nextTick(forgetHandler, this);
    };
  },
};

function forgetCaller(call: SubchannelCall): void {
  call.listener = nobody;
}

function forgetHandler(call: InterceptingCall): void {
  call.listener = null;
}
