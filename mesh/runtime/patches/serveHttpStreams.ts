import type { IncomingHttpHeaders, ServerHttp2Stream, Settings } from 'node:http2';
import type { Server, ServerInterceptor } from '@grpc/grpc-js';
import type { HttpFace } from '../http/HttpFace.ts';
import { adaptServerSession, isGrpc } from './grpcSessions.ts';
import { expectMethods, type Patch, UnexpectedShape } from './Patch.ts';

/** The part of a grpc-js server that is used. */
interface StreamServer {
  _streamHandler(
    extraInterceptors: readonly ServerInterceptor[],
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
  ): void;
  /** For idle connections. */
  onStreamOpened(stream: ServerHttp2Stream): void;
}

const faces = new WeakMap<object, HttpFace>();
let isApplied = false;

/**
 * Lets a grpc-js server hand requests that are no gRPC to a face of HTTP, with the interceptors that its calls pass: those
 * of the credentials, in which grpc-js-xds puts routes and permissions, and its own. grpc-js answers such requests with 415.
 */
export const serveHttpStreams: Patch<{ readonly Server: typeof Server }> = {
  name: 'serveHttpStreams',
  stage: 'import',
  touches: '@grpc/grpc-js: Server._streamHandler',
  without: 'services that speak HTTP beside gRPC do not start',
  upstream: 'docs/upstream.md#servehttpstreams',
  async targets() {
    const { Server } = await import('@grpc/grpc-js');
    return { Server };
  },
  apply({ Server }) {
    const prototype = expectMethods<StreamServer>('Server', Server.prototype, {
      _streamHandler: 3,
      onStreamOpened: 1,
    });
    const { _streamHandler } = prototype;
    prototype._streamHandler = function (extraInterceptors, stream, headers) {
      const face = faces.get(this);
      if (!face || isGrpc(headers['content-type'])) {
        return _streamHandler.call(this, extraInterceptors, stream, headers);
      }
      if (stream.session) adaptServerSession(stream.session);
      this.onStreamOpened(stream);
      const { interceptors = [] } = this as { readonly interceptors?: ServerInterceptor[] };
      face.take([...extraInterceptors, ...interceptors], stream, headers);
    };
    isApplied = true;
  },
};

/** What a server makes its HTTP/2 servers with. */
interface OptionsHolder {
  readonly commonServerOptions?: { settings?: Settings };
  /** Then it has another handler of streams. */
  readonly channelzEnabled?: boolean;
}

/**
 * Has a server hand requests that are no gRPC to a face, WebSockets among them. To be called before it listens.
 *
 * @throws Error when the patch is off, or does not fit.
 */
export function serveHttp(server: object, face: HttpFace): void {
  if (!isApplied) throw new Error('HTTP cannot be served: patch serveHttpStreams is off');
  const { commonServerOptions, channelzEnabled } = server as OptionsHolder;
  if (!commonServerOptions || channelzEnabled !== false) {
    throw new UnexpectedShape('Server has no commonServerOptions, or counts for channelz');
  }
  // Extended CONNECT: RFC 8441, section 3.
  commonServerOptions.settings = { ...commonServerOptions.settings, enableConnectProtocol: true };
  faces.set(server, face);
}
