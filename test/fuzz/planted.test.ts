import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { runTarget } from './runTarget.ts';
import { loadTargets, targets } from './targets/index.ts';

/** Several times what it takes. */
const MAX_INPUTS = 40_000;
/** A bound for a slow machine. */
const MS = 240_000;

suite('A fault that is put into the implementation on purpose is found', () => {
  for (const name of Object.keys(targets)) {
    test(`in ${name}`, async (context) => {
      const { finding, progress } = await runTarget({
        target: name,
        isPlanted: true,
        corpora: [join(import.meta.dirname, 'corpus', name)],
        seed: 1,
        ms: MS,
        maxInputs: MAX_INPUTS,
      });
      context.diagnostic(`${progress.inputs} inputs, ${finding?.problem.split('\n')[0]}`);
      assert.ok(finding);
      const { shows } = await loadTargets(name);
      assert.match(finding.problem, shows);
    });
  }
});
