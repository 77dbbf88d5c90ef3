import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PriorityLoadBalancer } from '@grpc/grpc-js-xds/build/src/load-balancer-priority.js';
import { forgetPriorities, type PriorityPolicy } from './forgetPriorities.ts';

interface Inner extends Omit<PriorityPolicy, 'children'> {
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

test('a cluster that is gone is forgotten, with the connections that it had', () => {
  const make = () => {
    const policy = new PriorityLoadBalancer(helper as never) as unknown as Inner;
    const child = new policy.PriorityChildImpl(policy, 'first', false);
    policy.children.set('first', child);
    child.deactivate();
    return policy;
  };
  const before = timers();
  forgetPriorities(PriorityLoadBalancer as never);
  const policy = make();
  assert.ok(timers() > before);
  policy.destroy();
  assert.equal(timers(), before);
});
