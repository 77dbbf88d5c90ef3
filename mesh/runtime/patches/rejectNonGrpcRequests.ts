import type { Channel } from 'node:diagnostics_channel';
import { isGrpc, streamsOf, subscribeTo } from './grpcSessions.ts';
import type { Patch } from './Patch.ts';

const PROTOBUF = /^application\/grpc(\+proto)?($|;)/;

/**
 * Lets grpc-js refuse, with 415, what calls itself gRPC and is not: it takes any HTTP method, and messages in any
 * encoding (`application/grpc+json`) as if they were protobuf. Requests that do not call themselves gRPC are left alone:
 * grpc-js refuses them, and other HTTP/2 servers of the process want them.
 */
export const rejectNonGrpcRequests: Patch<{ readonly server: Channel }> = {
  name: 'rejectNonGrpcRequests',
  stage: 'import',
  touches: 'node:http2: the content type of requests that call themselves gRPC and are not',
  without: 'a server takes any HTTP method, and any encoding of messages for protobuf',
  upstream: 'https://github.com/grpc/grpc-node/issues/2766',
  targets: () => ({ server: streamsOf('server') }),
  apply({ server }) {
    subscribeTo(server, ({ headers }) => {
      const type = headers['content-type'];
      if (!isGrpc(type)) return;
      if (headers[':method'] !== 'POST' || !PROTOBUF.test(type)) {
        Reflect.deleteProperty(headers, 'content-type');
      }
    });
  },
};
