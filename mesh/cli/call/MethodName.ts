import { InvalidArgumentError } from 'commander';

/** A method as gRPC names it. */
export interface MethodName {
  /** Such as "market.v1.AnalyticsService". */
  readonly service: string;
  /** Such as "ListAssets". */
  readonly method: string;
}

/** Reads "market.v1.AnalyticsService/ListAssets", also with a "/" before it or a "." between. */
export function parseMethod(text: string): MethodName {
  const [, service, method] = /^\/?([\w.]+)[/.](\w+)$/.exec(text) ?? [];
  if (!service || !method) {
    throw new InvalidArgumentError(
      'It is SERVICE/METHOD, such as market.v1.AnalyticsService/ListAssets.',
    );
  }
  return { service, method };
}
