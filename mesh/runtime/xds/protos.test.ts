import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { cutProtos } from './cutProtos.ts';

test('protos.json is what grpc-js-xds needs today, or: run node mesh/runtime/xds/writeProtos.ts', async () => {
  const written = readFileSync(new URL('protos.json', import.meta.url), 'utf8');
  assert.deepEqual(JSON.parse(written), await cutProtos());
});
