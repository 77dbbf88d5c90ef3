import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { Corpus } from './Corpus.ts';
import { loadTargets, targets } from './targets/index.ts';

suite('What has done harm once does it no more', () => {
  for (const name of Object.keys(targets)) {
    test(`inputs of ${name}`, async () => {
      const { real } = await loadTargets(name);
      await using _started = (await real.start?.()) ?? new AsyncDisposableStack();
      const inputs = new Corpus(join(import.meta.dirname, 'corpus', name)).read();
      assert.ok(inputs.length > 0);
      for (const { name: file, input } of inputs) {
        await assert.doesNotReject(async () => real.check(input), file);
      }
    });
  }
});
