import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tryApi } from './api/tryApi.ts';

const progress = {
  report: (line: string) => void process.stderr.write(`${line}\n`),
  signal: AbortSignal.timeout(600_000),
};

test('no request, right or wrong, gets an answer that the OpenAPI document does not tell of', async () => {
  const { passed, output } = await tryApi({ group: 'market', examples: 10, seed: 1 }, progress);
  assert.ok(passed, output);
  assert.match(output, /Operations: +9 selected/);
});
