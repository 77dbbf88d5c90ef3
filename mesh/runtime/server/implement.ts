import type { GrpcService } from '../rpc/GrpcService.ts';
import type { HandlersOf } from './Handlers.ts';

/** A gRPC service and the handlers that serve it. */
export interface Implementation {
  readonly service: GrpcService;
  // biome-ignore lint/suspicious/noExplicitAny: implement() has checked it against the service
  readonly handlers: Readonly<Record<string, (...parameters: any[]) => any>>;
}

/**
 * Joins a contract with the handlers that serve it.
 *
 * ```ts
 * implement(AnalyticsServiceDefinition, {
 *   async getAssetSummary({ assetSymbol }) {
 *     return { summary: await book.summary(assetSymbol) };
 *   },
 *   async *watchAsset({ assetSymbol }, { signal }) {
 *     for await (const summary of book.changes(assetSymbol, signal)) yield { summary };
 *   },
 * });
 * ```
 *
 * @param service ts-proto's generic definition.
 * @param handlers Async functions and async generators. What they throw ends the call: an RpcError with its own
 *   status, all else with INTERNAL and a line in the log.
 */
export function implement<Service extends GrpcService>(
  service: Service,
  handlers: HandlersOf<Service>,
): Implementation {
  const bound: Record<string, (...parameters: unknown[]) => unknown> = {};
  for (const name of Object.keys(service.methods)) {
    const handler = handlers[name as keyof HandlersOf<Service>] as unknown;
    if (typeof handler !== 'function')
      throw new TypeError(`${service.fullName} has no handler ${name}`);
    bound[name] = handler.bind(handlers);
  }
  return { service, handlers: bound };
}
