import { type Metadata, connectivityState as State } from '@grpc/grpc-js';

/** The part of grpc-js's inner channel that is used. */
export interface WakingChannel {
  readonly connectivityState: State;
  readonly configSelector: { invoke(...call: unknown[]): unknown } | null;
  readonly randomChannelId: number;
  getConfig(method: string, metadata: Metadata): unknown;
}

/**
 * Lets a call wake its channel's balancers only when the channel is not ready. grpc-js tells them at each call to leave
 * idleness, one policy after the other down to each connection, though a picker that is idle wakes its balancer by
 * itself, as gRPC's rule for policies is; with xDS's ten levels that is felt.
 */
export function wakeWhenIdle(channel: { readonly prototype: WakingChannel }): void {
  const { prototype } = channel;
  const { getConfig } = prototype;
  prototype.getConfig = function (this: WakingChannel, method, metadata) {
    const { connectivityState, configSelector } = this;
    if (connectivityState !== State.READY || !configSelector) {
      return getConfig.call(this, method, metadata);
    }
    const config = configSelector.invoke(method, metadata, this.randomChannelId);
    return { type: 'SUCCESS', config };
  };
}
