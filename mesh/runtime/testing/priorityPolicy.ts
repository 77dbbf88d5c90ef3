import { PriorityLoadBalancer } from '@grpc/grpc-js-xds/build/src/load-balancer-priority.js';

interface Policy {
  destroy(): void;
  readonly children: Map<string, Child>;
  PriorityChildImpl: new (parent: Policy, name: string, ignore: boolean) => Child;
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

/** How many timers run in this process. */
export function countTimers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
}

/** A priority policy of grpc-js-xds with a child that is out of use, whose timer runs. */
export function idlePriorityPolicy(): Policy {
  const policy = new PriorityLoadBalancer(helper as never) as unknown as Policy;
  const child = new policy.PriorityChildImpl(policy, 'first', false);
  policy.children.set('first', child);
  child.deactivate();
  return policy;
}
