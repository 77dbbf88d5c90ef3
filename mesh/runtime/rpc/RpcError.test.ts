import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Metadata, status as Status } from '@grpc/grpc-js';
import { RpcError } from './RpcError.ts';
import { toRpcError } from './toRpcError.ts';

/** As a client gets it from a server that ended a call with it. */
function onTheWay(error: RpcError): RpcError {
  const metadata = error.outgoing().clone();
  metadata.set('content-type', 'application/grpc');
  return RpcError.received({ code: error.code, details: error.message, metadata });
}

test('details arrive as they were given; a type that is not known as its bytes', () => {
  const own = new Metadata();
  own.set('x-own', '1');
  const sent = new RpcError(Status.UNAVAILABLE, 'later', {
    trailer: own,
    details: [
      { type: 'google.rpc.RetryInfo', value: { retryDelay: { seconds: 3, nanos: 0 } } },
      { type: 'my.Detail', value: Buffer.from([8, 1]) },
    ],
  });
  const got = onTheWay(sent);
  assert.deepEqual(got.details, [
    { type: 'google.rpc.RetryInfo', value: { retryDelay: { seconds: 3, nanos: 0 } } },
    { type: 'my.Detail', value: Buffer.from([8, 1]) },
  ]);
  assert.deepEqual(got.trailer.get('x-own'), ['1']);
  assert.equal(got.codeName, 'UNAVAILABLE');
});

test('a failure that is passed on keeps its details, and nothing of its transport', () => {
  const first = new RpcError(Status.NOT_FOUND, 'no', {
    details: [
      {
        type: 'google.rpc.ResourceInfo',
        value: { resourceType: 'a', resourceName: 'b', owner: '', description: '' },
      },
    ],
  });
  const passedOn = onTheWay(first).outgoing();
  assert.deepEqual(passedOn.get('content-type'), []);
  assert.deepEqual(onTheWay(onTheWay(first)).details, first.details);
});

test('details that make no sense are none', () => {
  const trailer = new Metadata();
  trailer.set('grpc-status-details-bin', Buffer.from([255, 255, 255]));
  assert.deepEqual(new RpcError(Status.INTERNAL, 'x', { trailer }).details, []);
});

test('a detail of an unknown type must be given as bytes', () => {
  const details = [{ type: 'my.Detail', value: {} as never }];
  assert.throws(() => new RpcError(Status.INTERNAL, 'x', { details }), TypeError);
});

test('what is no RpcError becomes INTERNAL, with the original as cause', () => {
  const original = new Error('secret');
  const error = toRpcError(original);
  assert.equal(error.code, Status.INTERNAL);
  assert.equal(error.message, 'internal error');
  assert.equal(error.cause, original);
  assert.equal(toRpcError(error), error);
});
