import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServiceContext } from '@weft/mesh/runtime';
import { applyMetrics } from './ledgerMetrics.ts';
import { batchOf } from './testing/ticks.ts';

test('lateness is that of the first tick that was new', () => {
  const recorded: number[] = [];
  const meter = {
    createHistogram: () => ({ record: (seconds: number) => recorded.push(seconds) }),
  } as unknown as ServiceContext['meter'];
  const onApply = applyMetrics(meter, () => 1_600_000_000_500);
  const at = (ms: number) => ({
    symbol: 'A',
    price: 1,
    size: 1,
    atUs: 1_600_000_000_000_000 + ms * 1_000,
  });
  const batch = batchOf([at(0), at(250), at(375)]);
  onApply(batch, 0);
  onApply(batch, 1);
  assert.deepEqual(recorded, [0.5, 0.25]);
});
