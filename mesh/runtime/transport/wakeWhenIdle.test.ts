import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Metadata, connectivityState as State } from '@grpc/grpc-js';
import { InternalChannel } from '@grpc/grpc-js/build/src/internal-channel.js';
import { type WakingChannel, wakeWhenIdle } from './wakeWhenIdle.ts';

/** A channel of grpc-js in this state, which counts how often its balancers are woken. */
function channelIn(connectivityState: State) {
  const counts = { woken: 0 };
  const channel = Object.assign(Object.create(InternalChannel.prototype) as WakingChannel, {
    connectivityState,
    configSelector: { invoke: (...call: unknown[]) => call },
    randomChannelId: 7,
    resolvingLoadBalancer: { exitIdle: () => counts.woken++ },
  });
  return { channel, counts };
}

test('a call is routed as grpc-js routes it, and wakes only what sleeps', () => {
  const metadata = new Metadata();
  const path = '/echo.v1.Echo/Say';
  const ready = channelIn(State.READY);
  const asGrpcSays = ready.channel.getConfig(path, metadata);
  assert.equal(ready.counts.woken, 1);

  wakeWhenIdle(InternalChannel as unknown as { prototype: WakingChannel });
  assert.deepEqual(ready.channel.getConfig(path, metadata), asGrpcSays);
  assert.equal(ready.counts.woken, 1);

  for (const state of [State.IDLE, State.CONNECTING, State.TRANSIENT_FAILURE]) {
    const { channel, counts } = channelIn(state);
    assert.deepEqual(channel.getConfig(path, metadata), asGrpcSays);
    assert.equal(counts.woken, 1);
  }
});

test('a channel that is ready and has no route yet says so', () => {
  wakeWhenIdle(InternalChannel as unknown as { prototype: WakingChannel });
  const { channel } = channelIn(State.READY);
  Object.assign(channel, { configSelector: null, currentResolutionError: null });
  assert.deepEqual(channel.getConfig('/echo.v1.Echo/Say', new Metadata()), { type: 'NONE' });
});
