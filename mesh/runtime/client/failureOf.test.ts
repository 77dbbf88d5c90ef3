import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Metadata, status as Status } from '@grpc/grpc-js';
import { isCutOff } from './failureOf.ts';

const lost = (code: Status, details: string, hasHeader: boolean) =>
  isCutOff({ code, details, metadata: new Metadata() }, hasHeader);

test('a call whose connection is lost in its answer may be made again, however grpc-js puts it', () => {
  assert.ok(lost(Status.UNAVAILABLE, 'Connection dropped', true));
  assert.ok(lost(Status.UNAVAILABLE, 'read ECONNRESET', true));
  assert.ok(lost(Status.UNAVAILABLE, 'read ETIMEDOUT', true));
});

test('a call is not made a second time where gRPC has tried again itself', () => {
  assert.ok(!lost(Status.UNAVAILABLE, 'read ECONNRESET', false));
  assert.ok(!lost(Status.UNAVAILABLE, 'Connection dropped', false));
});

test('a server that says UNAVAILABLE is not asked again', () => {
  assert.ok(!lost(Status.UNAVAILABLE, 'the database is away, with ECONNRESET in its log', true));
});
