import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PriorityLoadBalancer } from '@grpc/grpc-js-xds/build/src/load-balancer-priority.js';
import { memoryLogger } from '../testing/memoryLogger.ts';
import { applyPatch } from './applyPatches.ts';
import { clearPriorityTimers } from './clearPriorityTimers.ts';

interface Inner {
  destroy(): void;
  readonly children: Map<string, Child>;
  PriorityChildImpl: new (parent: Inner, name: string, ignore: boolean) => Child;
}
interface Child {
  deactivate(): void;
}

const nothing = () => {};
const helper = {
  createSubchannel: nothing,
  updateState: nothing,
  requestReresolution: nothing,
  addChannelzChild: nothing,
  removeChannelzChild: nothing,
};
const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

test('a cluster that is gone is forgotten, with the connections that it had', async () => {
  const make = () => {
    const policy = new PriorityLoadBalancer(helper as never) as unknown as Inner;
    const child = new policy.PriorityChildImpl(policy, 'first', false);
    policy.children.set('first', child);
    child.deactivate();
    return policy;
  };
  const before = timers();
  await applyPatch(clearPriorityTimers, { log: memoryLogger([]) });
  const policy = make();
  assert.ok(timers() > before);
  policy.destroy();
  assert.equal(timers(), before);
});
