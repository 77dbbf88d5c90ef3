import type { ChannelOptions } from '@grpc/grpc-js';
import { expectMethods, type Patch } from './Patch.ts';

/** The part of grpc-js's connector of client connections that is used. */
interface Connector {
  connect(address: object, secureConnector: object, options: ChannelOptions): Promise<unknown>;
}

/** MIN_CONNECT_TIMEOUT of https://github.com/grpc/grpc/blob/master/doc/connection-backoff.md. */
const MIN_CONNECT_TIMEOUT_MS = 20_000;

/** By this option gRPC's C core sets the same; grpc-js has none. */
export const CONNECT_TIMEOUT_OPTION = 'grpc.min_reconnect_backoff_ms';

/**
 * Gives up a connection that has not come about in time: TCP, TLS and HTTP/2's first settings. grpc-js waits for ever, so
 * with a host that is cut off and back, calls wait until the kernel tries again, a minute later or more, and with one that
 * was lost in the middle of the handshake until the kernel gives up. Then gRPC tries again by itself.
 *
 * The time is the shortest that gRPC's specification allows, for all the addresses of an attempt have it to themselves: a
 * server that is slow to shake hands, because too many do at once, is not helped by their starting anew.
 */
export const connectTimeout: Patch<{
  readonly Http2SubchannelConnector: { readonly prototype: object };
}> = {
  name: 'connectTimeout',
  stage: 'import',
  touches: '@grpc/grpc-js: Http2SubchannelConnector.connect',
  without: 'a connection that hangs in TCP or TLS is waited for without end',
  upstream: 'https://github.com/grpc/grpc-node/issues/2785',
  async targets() {
    const { Http2SubchannelConnector } = await import('@grpc/grpc-js/build/src/transport.js');
    return { Http2SubchannelConnector };
  },
  apply({ Http2SubchannelConnector }) {
    const prototype = expectMethods<Connector>(
      'Http2SubchannelConnector',
      Http2SubchannelConnector.prototype,
      { connect: 3 },
    );
    const { connect } = prototype;
    prototype.connect = async function (address, secureConnector, options) {
      const withinMs = options[CONNECT_TIMEOUT_OPTION] ?? MIN_CONNECT_TIMEOUT_MS;
      const controller = new AbortController();
      const late = () => controller.abort(new Error(`no connection within ${withinMs} ms`));
      const timer = setTimeout(late, withinMs).unref();
      try {
        // Of all that is an address, a Unix socket's as well, Node takes a signal.
        const abortable = { ...address, signal: controller.signal };
        return await connect.call(this, abortable, secureConnector, options);
      } finally {
        clearTimeout(timer);
      }
    };
  },
};
