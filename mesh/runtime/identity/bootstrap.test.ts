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
