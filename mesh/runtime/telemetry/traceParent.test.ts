import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Metadata } from '@grpc/grpc-js';
import { randomHex, readTraceParent, traceHeaders } from './traceParent.ts';

const trace = 'ab'.repeat(16);
const span = 'cd'.repeat(8);

function received(parent: string, ...states: string[]): ReturnType<typeof readTraceParent> {
  const metadata = new Metadata();
  metadata.set('traceparent', parent);
  for (const state of states) metadata.add('tracestate', state);
  return readTraceParent(metadata);
}

test('what is written is read back', () => {
  const context = received(`00-${trace}-${span}-01`, 'a=1,b=2', 'c=3');
  assert.equal(context?.traceId, trace);
  assert.equal(context?.spanId, span);
  assert.equal(context?.traceFlags, 1);
  assert.equal(context?.traceState?.serialize(), 'a=1,b=2,c=3');
  const headers = {};
  traceHeaders(headers, context);
  assert.deepEqual(headers, {
    traceparent: `00-${trace}-${span}-01`,
    tracestate: 'a=1,b=2,c=3',
  });
});

test('a later version is read as far as it is known', () => {
  assert.equal(received(`01-${trace}-${span}-00-more`)?.traceId, trace);
  assert.equal(received(`01-${trace}-${span}-00`)?.traceId, trace);
});

test('a malformed parent counts as none', () => {
  assert.equal(readTraceParent(new Metadata()), undefined);
  for (const parent of [
    '',
    'x',
    `00-${trace}-${span}`,
    `00-${trace}-${span}-01-more`,
    `ff-${trace}-${span}-01`,
    `00-${trace.toUpperCase()}-${span}-01`,
    `00-${'0'.repeat(32)}-${span}-01`,
    `00-${trace}-${'0'.repeat(16)}-01`,
    `00-${trace}-${span}-0g`,
  ]) {
    assert.equal(received(parent), undefined, parent);
  }
});

test('ids are random, of their length, and never the same', () => {
  const ids = new Set(Array.from({ length: 2_000 }, () => randomHex(16)));
  assert.equal(ids.size, 2_000);
  for (const id of ids) assert.match(id, /^[0-9a-f]{32}$/);
  assert.match(randomHex(8), /^[0-9a-f]{16}$/);
});
