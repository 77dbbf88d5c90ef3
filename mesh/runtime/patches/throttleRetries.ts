import type { ChannelOptions, experimental } from '@grpc/grpc-js';
import type { GrpcUri } from '@grpc/grpc-js/build/src/uri-parser.js';
import { expectMethods, type Patch } from './Patch.ts';

type ResolverListener = experimental.ResolverListener;
type Resolver = experimental.Resolver;

/** A resolver, as grpc-js registers it. */
export interface ResolverClass {
  new (target: GrpcUri, listener: ResolverListener, options: ChannelOptions): Resolver;
  getDefaultAuthority(target: GrpcUri): string;
}

/** The part of grpc-js that is used. */
interface Resolvers {
  registerResolver(scheme: string, resolver: ResolverClass): void;
}

/**
 * Retry throttling as gRFC A6 has it: https://github.com/grpc/proposal/blob/master/A6-client-retries.md. A failure takes a
 * token, a success gives back `tokenRatio` of one, and nothing is retried while half of the tokens are gone: so there are
 * at most 250 retries, which is what a moment's loss of an instance may need, and above that one to five successes, 20% of
 * the load.
 */
const RETRY_THROTTLING = { maxTokens: 500, tokenRatio: 0.2 };

const SCHEME = 'xds';

/**
 * Gives the retries of each target a budget. Which methods are retried, on what and how often stands in the routes,
 * but xDS has no word for throttling that gRPC reads (gRFC A44), and without one every client makes three calls of each
 * while an upstream is down. grpc-js throttles when the service configuration asks for it; so it is asked for here.
 */
export const throttleRetries: Patch<{
  readonly experimental: typeof experimental;
  readonly XdsResolver: object;
}> = {
  name: 'throttleRetries',
  stage: 'registered',
  touches: '@grpc/grpc-js-xds: the resolver of xds:',
  without: 'an upstream that is down gets three calls for each',
  upstream: 'docs/upstream.md#throttleretries',
  async targets() {
    const { experimental } = await import('@grpc/grpc-js');
    // The class itself is not exported.
    const probe = experimental.createResolver({ scheme: SCHEME, path: 'weft' }, () => true, {});
    probe.destroy();
    return { experimental, XdsResolver: probe.constructor };
  },
  apply({ experimental, XdsResolver }) {
    const base = expectMethods<ResolverClass>('XdsResolver', XdsResolver, {
      getDefaultAuthority: 1,
    });
    const resolvers = expectMethods<Resolvers>('experimental', experimental, {
      registerResolver: 2,
    });
    resolvers.registerResolver(SCHEME, withRetryThrottling(base));
  },
};

/** The same resolver, whose service configurations ask for throttling. */
export function withRetryThrottling(base: ResolverClass): ResolverClass {
  return class extends base {
    constructor(target: GrpcUri, listener: ResolverListener, options: ChannelOptions) {
      const throttled: ResolverListener = (endpoints, attributes, config, note) => {
        if (config?.ok) config.value.retryThrottling = RETRY_THROTTLING;
        return listener(endpoints, attributes, config, note);
      };
      super(target, throttled, options);
    }
  };
}
