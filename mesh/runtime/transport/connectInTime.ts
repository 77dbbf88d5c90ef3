/** The part of grpc-js's connector of client connections that is used. */
export interface Connector {
  connect(address: object, ...others: unknown[]): Promise<unknown>;
}

/**
 * Gives up a connection that has not come about in time: TCP, TLS and HTTP/2's first settings. grpc-js waits for ever, so
 * with a host that is cut off and back, calls wait until the kernel tries again, a minute later or more, and with one that
 * was lost in the middle of the handshake until the kernel gives up. Then gRPC tries again by itself.
 *
 * @param withinMs gRPC itself asks for 20 s at least: https://github.com/grpc/grpc/blob/master/doc/connection-backoff.md.
 */
export function connectInTime(
  connector: { readonly prototype: Connector },
  withinMs = 10_000,
): void {
  const { connect } = connector.prototype;
  connector.prototype.connect = async function (this: Connector, address, ...others) {
    const controller = new AbortController();
    const late = () => controller.abort(new Error(`no connection within ${withinMs} ms`));
    const timer = setTimeout(late, withinMs).unref();
    try {
      // Of all that is an address, a Unix socket's as well, Node takes a signal.
      return await connect.call(this, { ...address, signal: controller.signal }, ...others);
    } finally {
      clearTimeout(timer);
    }
  };
}
