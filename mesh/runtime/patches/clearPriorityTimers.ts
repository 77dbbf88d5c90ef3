import { expectMethods, type Patch } from './Patch.ts';

/** The part of grpc-js-xds's priority policy that is used. */
interface PriorityPolicy {
  readonly children: ReadonlyMap<string, PriorityChild>;
  destroy(): void;
}

interface PriorityChild {
  /** Stops the timer of 15 minutes after which a child that is out of use goes (gRFC A56). */
  maybeReactivate(): void;
  cancelFailoverTimer(): void;
}

/**
 * Lets a priority policy be forgotten when it is destroyed. grpc-js-xds leaves its children's timers running, for
 * fifteen minutes, and they hold all that belonged to a cluster: each change of a split that takes a cluster away
 * would cost the caller its connections' memory for so long.
 */
export const clearPriorityTimers: Patch<{
  readonly PriorityLoadBalancer: { readonly prototype: object };
}> = {
  name: 'clearPriorityTimers',
  stage: 'register',
  touches: '@grpc/grpc-js-xds: PriorityLoadBalancer.destroy',
  without: 'a cluster that is gone is held for 15 minutes',
  upstream: 'docs/upstream.md#clearprioritytimers',
  async targets() {
    const { PriorityLoadBalancer } = await import(
      '@grpc/grpc-js-xds/build/src/load-balancer-priority.js'
    );
    return { PriorityLoadBalancer };
  },
  apply({ PriorityLoadBalancer }, refuse) {
    const prototype = expectMethods<PriorityPolicy>(
      'PriorityLoadBalancer',
      PriorityLoadBalancer.prototype,
      { destroy: 0 },
    );
    const { destroy } = prototype;
    prototype.destroy = function () {
      try {
        for (const child of this.children.values()) {
          expectMethods<PriorityChild>('a child of PriorityLoadBalancer', child, {
            maybeReactivate: 0,
            cancelFailoverTimer: 0,
          });
          child.maybeReactivate();
          child.cancelFailoverTimer();
        }
      } catch (error) {
        refuse((error as Error).message);
      }
      destroy.call(this);
    };
  },
};
