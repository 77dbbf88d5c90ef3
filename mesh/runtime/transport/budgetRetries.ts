import { type ChannelOptions, experimental } from '@grpc/grpc-js';
import type { GrpcUri } from '@grpc/grpc-js/build/src/uri-parser.js';

type ResolverListener = experimental.ResolverListener;
type Resolver = experimental.Resolver;

/** A resolver, as grpc-js registers it. */
export interface ResolverClass {
  new (target: GrpcUri, listener: ResolverListener, options: ChannelOptions): Resolver;
  getDefaultAuthority(target: GrpcUri): string;
}

/**
 * Retry throttling as gRFC A6 has it. A failure takes a token, a success gives back `tokenRatio` of one, and nothing
 * is retried while half of the tokens are gone: so there are at most 250 retries, which is what a moment's loss of an
 * instance may need, and above that one to five successes, 20% of the load.
 */
const RETRY_BUDGET = { maxTokens: 500, tokenRatio: 0.2 };

/**
 * Gives the retries of each target a budget. Which methods are retried, on what and how often stands in the routes,
 * but xDS has no word for a budget that gRPC reads, and without one every client makes three calls of each while an
 * upstream is down. grpc-js keeps such a budget when the service configuration asks for it; so it is asked for here.
 * Call it once grpc-js-xds is registered.
 */
export function budgetRetries(): void {
  const target = { scheme: 'xds', path: 'weft' };
  // The class itself is not exported.
  const probe = experimental.createResolver(target, () => true, {});
  probe.destroy();
  experimental.registerResolver('xds', withRetryBudget(probe.constructor as ResolverClass));
}

/** The same resolver, whose service configurations come with a budget. */
export function withRetryBudget(base: ResolverClass): ResolverClass {
  return class extends base {
    constructor(target: GrpcUri, listener: ResolverListener, options: ChannelOptions) {
      const budgeted: ResolverListener = (endpoints, attributes, config, note) => {
        if (config?.ok) config.value.retryThrottling = RETRY_BUDGET;
        return listener(endpoints, attributes, config, note);
      };
      super(target, budgeted, options);
    }
  };
}
