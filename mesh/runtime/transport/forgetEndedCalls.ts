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
export function forgetEndedCalls(
  client: { readonly prototype: SubchannelCall },
  server: { readonly prototype: InterceptingCall },
): void {
  const { outputStatus } = client.prototype;
  client.prototype.outputStatus = function (this: SubchannelCall) {
    const ended = this.statusOutput;
    outputStatus.call(this);
    // The status itself is told in the next tick.
    if (!ended) process.nextTick(forgetCaller, this);
  };
  const { notifyOnCancel } = server.prototype;
  server.prototype.notifyOnCancel = function (this: InterceptingCall) {
    const ended = this.cancelNotified;
    notifyOnCancel.call(this);
    if (!ended) process.nextTick(forgetHandler, this);
  };
}

function forgetCaller(call: SubchannelCall): void {
  call.listener = nobody;
}

function forgetHandler(call: InterceptingCall): void {
  call.listener = null;
}
