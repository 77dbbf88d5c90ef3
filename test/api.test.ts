import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadDocumented, openApiDocument } from '../mesh/openapi/index.ts';
import { tryApi } from './api/tryApi.ts';

const progress = {
  report: (line: string) => void process.stderr.write(`${line}\n`),
  signal: AbortSignal.timeout(600_000),
};

test('no request, right or wrong, gets an answer that the OpenAPI document does not tell of', async () => {
  const { passed, output } = await tryApi({ group: 'market', examples: 10, seed: 1 }, progress);
  assert.ok(passed, output);
  const { paths } = openApiDocument(loadDocumented(), { version: '0', group: 'market' });
  const answering = Object.values(paths)
    .flatMap((verbs) => Object.values(verbs))
    .filter(({ responses }) => !responses['200']?.content?.['text/event-stream']);
  assert.match(output, new RegExp(`Operations: +${answering.length} selected`));
});
