import { experimental, status as Status } from '@grpc/grpc-js';
import { type GrpcUri, splitHostPort } from '@grpc/grpc-js/build/src/uri-parser.js';
import { withRetryThrottling } from '../patches/throttleRetries.ts';

/** Scheme of targets, such as "budgeted:127.0.0.1:9000", whose calls are retried within the budget of the mesh. */
export const BUDGETED_SCHEME = 'budgeted';

/** Resolves to the address that is its target's path, and retries as the mesh's routes do, only sooner. */
class LocalResolver {
  readonly #address: string;
  readonly #listener: experimental.ResolverListener;

  constructor(target: GrpcUri, listener: experimental.ResolverListener) {
    this.#address = target.path;
    this.#listener = listener;
  }

  updateResolution(): void {
    const retryPolicy = {
      maxAttempts: 3,
      initialBackoff: '0.001s',
      maxBackoff: '0.002s',
      backoffMultiplier: 2,
      retryableStatusCodes: [Status.UNAVAILABLE],
    };
    const config = {
      loadBalancingConfig: [],
      methodConfig: [{ name: [{}], retryPolicy }],
    };
    const { host, port = 0 } = splitHostPort(this.#address) ?? { host: this.#address };
    const addresses = [{ host, port }];
    queueMicrotask(() =>
      this.#listener(
        experimental.statusOrFromValue([{ addresses }]),
        {},
        experimental.statusOrFromValue(config),
        '',
      ),
    );
  }

  destroy(): void {}

  static getDefaultAuthority(): string {
    return 'localhost';
  }
}

experimental.registerResolver(BUDGETED_SCHEME, withRetryThrottling(LocalResolver));
