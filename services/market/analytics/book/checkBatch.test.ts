import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RpcError, Status } from '@weft/mesh/runtime';
import type { TickBatch } from '@weft/proto/market/v1/market_data';
import { batchOf } from '../testing/ticks.ts';
import { checkBatch } from './checkBatch.ts';

const tick = { symbol: 'A', price: 1, size: 1, atUs: 1_000_000 };
const good = batchOf([tick, tick, tick]);

function refused(change: Partial<TickBatch>): string {
  try {
    checkBatch({ ...good, ...change });
  } catch (error) {
    assert.ok(error instanceof RpcError);
    assert.equal(error.code, Status.INVALID_ARGUMENT);
    const [detail] = error.details;
    assert.equal(detail?.type, 'google.rpc.BadRequest');
    return error.message;
  }
  return 'accepted';
}

test('a batch whose columns fit is accepted', () => {
  assert.equal(refused({}), 'accepted');
  assert.equal(refused({ sequenceStep: [0, 1, 7] }), 'accepted');
});

test('columns of another length are named', () => {
  assert.match(refused({ price: [1, 2] }), /batch\.price: has 2 entries/);
  assert.match(refused({ size: [1, 2, 3, 4] }), /batch\.size: has 4 entries/);
  assert.match(refused({ ageUs: [] }), /batch\.age_us: has 0 entries/);
  assert.match(refused({ sequenceStep: [0] }), /batch\.sequence_step: has 1 entries/);
});

test('a symbol index beyond the symbols is named', () => {
  assert.match(refused({ symbolIndex: [0, 1, 0] }), /batch\.symbol_index\[1\]/);
});

test('sequence numbers must rise, and stay whole', () => {
  assert.match(refused({ sequenceStep: [1, 1, 1] }), /batch\.sequence_step\[0\]: must be 0/);
  assert.match(refused({ sequenceStep: [0, 1, 0] }), /batch\.sequence_step\[2\]: must be at least/);
  const firstSequence = Number.MAX_SAFE_INTEGER;
  assert.match(refused({ firstSequence }), /batch\.first_sequence/);
});

test('figures that would spoil the sums are refused', () => {
  assert.match(refused({ price: [1, 1e200, 1], size: [1, 1e200, 1] }), /batch\.price\[1\]/);
  assert.match(refused({ price: [1, 1, 1e-300], size: [1, 1, 1e300] }), /batch\.size\[2\]/);
  assert.match(refused({ price: [Number.NaN, 1, 1] }), /batch\.price\[0\]/);
});

test('event times that a number cannot hold exactly are refused', () => {
  const latestEventTime = { seconds: -62_135_596_800, nanos: 0 };
  assert.match(refused({ latestEventTime }), /batch\.age_us\[0\]/);
  assert.match(refused({ latestEventTime: undefined }), /latest_event_time/);
});
