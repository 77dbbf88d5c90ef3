import assert from 'node:assert/strict';
import { test } from 'node:test';
import { status as Status } from '@grpc/grpc-js';
import type { Principal } from '../../principal/index.ts';
import { testPrincipal } from '../../testing/TestIdentity.ts';
import { CallScope } from '../rpc/CallScope.ts';
import { RpcError } from '../rpc/RpcError.ts';
import { Tracing } from '../telemetry/Tracing.ts';
import { type ActiveCall, ActiveCalls } from './ActiveCalls.ts';

function call(streams: boolean, principal?: Principal): ActiveCall {
  const scope = new CallScope(new Tracing().server('a.B/C', undefined), Infinity);
  return { streams, scope, principal, end: (reason) => scope.cancel(reason) };
}

test('the last call to end ends the wait', async () => {
  const calls = new ActiveCalls();
  assert.equal(await calls.drain(0), 0);
  const [one, two] = [call(false), call(false)];
  calls.add(one);
  calls.add(two);
  let drained = false;
  const draining = calls.drain(60_000).then((left) => {
    drained = true;
    return left;
  });
  calls.delete(one);
  await Promise.resolve();
  assert.equal(drained, false);
  calls.delete(two);
  assert.equal(await draining, 0);
});

test('the wait has a bound, and tells how many calls it leaves', async () => {
  const calls = new ActiveCalls();
  calls.add(call(false));
  assert.equal(await calls.drain(10), 1);
});

test('only streams are ended', () => {
  const calls = new ActiveCalls();
  const [unary, stream] = [call(false), call(true)];
  calls.add(unary);
  calls.add(stream);
  const reason = new RpcError(Status.UNAVAILABLE, 'stopping');
  calls.endStreams(reason);
  assert.equal(unary.scope.cancelled, undefined);
  assert.equal(stream.scope.cancelled, reason);
});

test('only the streams of the principal that is meant end', () => {
  const calls = new ActiveCalls();
  const [ann, bob] = [testPrincipal(), testPrincipal()];
  const [stream, unary, other, nobody] = [
    call(true, ann),
    call(false, ann),
    call(true, bob),
    call(true),
  ];
  for (const each of [stream, unary, other, nobody]) calls.add(each);
  const reason = new RpcError(Status.UNAUTHENTICATED, 'revoked');
  calls.endStreamsOf(
    (principal) => principal === ann,
    () => reason,
  );
  assert.equal(stream.scope.cancelled, reason);
  for (const each of [unary, other, nobody]) assert.equal(each.scope.cancelled, undefined);
});
