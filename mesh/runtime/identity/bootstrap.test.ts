import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readMeshConfig } from '../config/MeshConfig.ts';
import { xdsBootstrap } from './bootstrap.ts';
import { identityFiles } from './identityFiles.ts';

/** The xDS node of a process with this environment. */
function node(env: NodeJS.ProcessEnv): { locality: object } {
  const { xdsServer, zone, home } = readMeshConfig(env);
  const files = identityFiles(home, 'web-1');
  const bootstrap = xdsBootstrap({ xdsServer, serviceId: 'web-1', service: 'web', zone, files });
  return (bootstrap as { node: { locality: object } }).node;
}

test('a process tells the control plane its zone, so that it calls instances there first', () => {
  assert.deepEqual(node({ WEFT_ZONE: 'eu-1a' }).locality, { zone: 'eu-1a' });
});

test('a process without a zone still has a locality: grpc-js refuses a node without one', () => {
  assert.deepEqual(node({}).locality, {});
});

const serversFor = (xdsServer: string, reader?: 'any') => {
  const bootstrap = xdsBootstrap({
    xdsServer,
    serviceId: 'risk-1',
    service: 'risk',
    files: identityFiles('/run/weft', 'risk-1'),
    ...(reader ? { reader } : {}),
  }) as { xds_servers: { server_uri: string }[] };
  return bootstrap.xds_servers.map(({ server_uri }) => server_uri);
};

test('grpc-js gets all control planes as one target, others get a server each', () => {
  const two = 'ipv4:127.0.0.1:18000,127.0.0.1:18002';
  assert.deepEqual(serversFor(two), [two]);
  assert.deepEqual(serversFor(two, 'any'), ['127.0.0.1:18000', '127.0.0.1:18002']);
});

test('no scheme reaches libraries that may not know it', () => {
  assert.deepEqual(serversFor('ipv4:127.0.0.1:18000', 'any'), ['127.0.0.1:18000']);
  assert.deepEqual(serversFor('ipv6:[::1]:18000', 'any'), ['[::1]:18000']);
  assert.deepEqual(serversFor('localhost:18000', 'any'), ['localhost:18000']);
});
