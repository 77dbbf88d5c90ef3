/** The part of grpc-js-xds's priority policy that is used. */
export interface PriorityPolicy {
  readonly children: ReadonlyMap<string, PriorityChild>;
  destroy(): void;
}

interface PriorityChild {
  /** Stops the timer of 15 minutes after which a child that is out of use goes. */
  maybeReactivate(): void;
  cancelFailoverTimer(): void;
}

/**
 * Lets a priority policy be forgotten when it is destroyed. grpc-js-xds leaves its children's timers running, for
 * fifteen minutes, and they hold all that belonged to a cluster: each change of a split that takes a cluster away
 * would cost the caller its connections' memory for so long.
 */
export function forgetPriorities(policy: { readonly prototype: PriorityPolicy }): void {
  const { prototype } = policy;
  const { destroy } = prototype;
  prototype.destroy = function (this: PriorityPolicy) {
    for (const child of this.children.values()) {
      child.maybeReactivate();
      child.cancelFailoverTimer();
    }
    destroy.call(this);
  };
}
