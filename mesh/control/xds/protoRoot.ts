import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import protobuf from 'protobufjs';

/** Files whose messages the control plane builds or reads; what they import comes along. */
const FILES = [
  'envoy/config/cluster/v3/cluster.proto',
  'envoy/config/endpoint/v3/endpoint.proto',
  'envoy/config/listener/v3/listener.proto',
  'envoy/config/route/v3/route.proto',
  'envoy/extensions/clusters/aggregate/v3/cluster.proto',
  'envoy/extensions/filters/http/cors/v3/cors.proto',
  'envoy/extensions/filters/http/fault/v3/fault.proto',
  'envoy/extensions/filters/http/rbac/v3/rbac.proto',
  'envoy/extensions/filters/http/router/v3/router.proto',
  'envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.proto',
  'envoy/extensions/retry/host/previous_hosts/v3/previous_hosts.proto',
  'envoy/extensions/transport_sockets/tls/v3/tls.proto',
  'envoy/extensions/upstreams/http/v3/http_protocol_options.proto',
  'envoy/type/matcher/v3/http_inputs.proto',
  'envoy/service/discovery/v3/discovery.proto',
  'xds/type/v3/typed_struct.proto',
];

const require = createRequire(import.meta.url);

/** Envoy's and xDS's protos, as @grpc/grpc-js-xds brings them along. Takes about 150 ms to read. */
export const protoRoot: protobuf.Root = loadRoot();

function loadRoot(): protobuf.Root {
  const descriptor = require('protobufjs/google/protobuf/descriptor.json') as {
    nested: { google: { nested: { protobuf: { nested: Record<string, unknown> } } } };
  };
  protobuf.common('descriptor', descriptor.nested.google.nested.protobuf.nested);
  const deps = path.join(path.dirname(require.resolve('@grpc/grpc-js-xds/package.json')), 'deps');
  const folders = ['envoy-api', 'xds', 'googleapis', 'protoc-gen-validate'];
  const root = new protobuf.Root();
  root.resolvePath = (_origin, target) =>
    folders.map((folder) => path.join(deps, folder, target)).find(existsSync) ?? target;
  root.loadSync(FILES, { keepCase: true });
  root.resolveAll();
  return root;
}
