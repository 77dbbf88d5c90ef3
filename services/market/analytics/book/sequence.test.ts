import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { batchOf } from '../testing/ticks.ts';
import { indexAfter, lastSequence } from './sequence.ts';

const tick = { symbol: 'A', price: 1, size: 1, atUs: 1 };

test('the index after a number is where a plain search finds it, with and without gaps', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 50 }),
      fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 30 }),
      fc.boolean(),
      fc.integer({ min: 0, max: 250 }),
      (first, steps, gaps, applied) => {
        const sequenceStep = gaps ? [0, ...steps.slice(1)] : [];
        const numbers = [first];
        for (const step of steps.slice(1)) numbers.push((numbers.at(-1) ?? 0) + (gaps ? step : 1));
        const batch = {
          ...batchOf(
            steps.map(() => tick),
            first,
          ),
          sequenceStep,
        };
        const found = numbers.findIndex((number) => number > applied);
        assert.equal(indexAfter(batch, applied), found < 0 ? numbers.length : found);
        assert.equal(lastSequence(batch), numbers.at(-1));
      },
    ),
  );
});
