import type { CallOptions, HandlersOf, RpcError, ServiceClient } from '@weft/mesh/runtime';
import type { TradingServiceDefinition } from '@weft/proto/market/v1/trading';
import { callContext } from '../../../kit/testing/callContext.ts';

type Handlers = HandlersOf<TradingServiceDefinition>;

/**
 * A client that calls handlers without a network.
 *
 * @param handlers Asked anew at each call: the service may have been started again.
 * @param before Runs before each call, by the method's name; what it throws, the call throws.
 */
export function clientOf(
  handlers: () => Handlers,
  before: (method: keyof Handlers) => RpcError | undefined = () => undefined,
): ServiceClient<TradingServiceDefinition> {
  const check = (method: keyof Handlers) => {
    const error = before(method);
    if (error) throw error;
  };
  const contextOf = (options?: CallOptions) => callContext(options?.signal);
  return {
    async uploadFile(requests, options) {
      check('uploadFile');
      return handlers().uploadFile(requests, contextOf(options));
    },
    async createFeed(request, options) {
      check('createFeed');
      return handlers().createFeed(request, contextOf(options));
    },
    async listFeeds(request, options) {
      check('listFeeds');
      return handlers().listFeeds(request, contextOf(options));
    },
    async *watchFeed(request, options) {
      check('watchFeed');
      yield* handlers().watchFeed(request, contextOf(options));
    },
    async stopFeed(request, options) {
      check('stopFeed');
      return handlers().stopFeed(request, contextOf(options));
    },
  };
}
