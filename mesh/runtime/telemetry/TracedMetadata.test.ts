import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Metadata } from '@grpc/grpc-js';
import { TracedMetadata } from './TracedMetadata.ts';

const context = { traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8), traceFlags: 1 };
const traceparent = `00-${context.traceId}-${context.spanId}-01`;

test('a call keeps its trace, and on whose behalf it is made, through every copy that gRPC makes, with what was added since', () => {
  const given = new Metadata({ waitForReady: true });
  given.set('x-symbol', 'A');
  // A trace that somebody has passed on by hand is not the one that this call belongs to.
  given.set('traceparent', 'another');
  const metadata = new TracedMetadata(context, 'token', given);
  const copy = metadata.clone().clone();
  copy.set('grpc-timeout', '1S');
  assert.deepEqual(copy.getOptions(), { waitForReady: true });
  const headers = copy.toHttp2Headers();
  assert.equal(headers.traceparent, traceparent);
  assert.equal(headers['x-weft-principal'], 'token');
  assert.equal(headers['x-symbol'], 'A');
  assert.equal(headers['grpc-timeout'], '1S');
  assert.equal(metadata.toHttp2Headers()['grpc-timeout'], undefined);
  given.set('x-symbol', 'B');
  assert.equal(metadata.toHttp2Headers()['x-symbol'], 'A');
});

test('a call that names its principal itself is made for that one', () => {
  const given = new Metadata();
  given.set('x-weft-principal', 'own');
  const metadata = new TracedMetadata(context, 'token', given).clone();
  assert.equal(metadata.toHttp2Headers()['x-weft-principal'], 'own');
  const none = new TracedMetadata(context, undefined, new Metadata()).toHttp2Headers();
  assert.equal(none['x-weft-principal'], undefined);
});
