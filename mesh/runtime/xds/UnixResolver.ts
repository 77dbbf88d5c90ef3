import { experimental } from '@grpc/grpc-js';
import type { GrpcUri } from '@grpc/grpc-js/build/src/uri-parser.js';

type Listener = experimental.ResolverListener;

/**
 * Resolves `unix:` targets as grpc-js does, and such as "unix:/run/weft/control.sock,/run/weft/control-2.sock": grpc-js takes the
 * first that is there and another when that one goes, as it does with the addresses of "ipv4:".
 */
class UnixResolver implements experimental.Resolver {
  readonly #paths: readonly string[];
  readonly #listener: Listener;
  #isResolved = false;

  constructor({ authority, path }: GrpcUri, listener: Listener) {
    // "unix:///run/a.sock" has an empty authority, and a path that begins behind the slash.
    this.#paths = `${authority === '' ? '/' : ''}${path}`.split(',');
    this.#listener = listener;
  }

  updateResolution(): void {
    if (this.#isResolved) return;
    this.#isResolved = true;
    const endpoints = this.#paths.map((path) => ({ addresses: [{ path }] }));
    process.nextTick(this.#listener, experimental.statusOrFromValue(endpoints), {}, null, '');
  }

  destroy(): void {
    this.#isResolved = false;
  }

  static getDefaultAuthority(): string {
    return 'localhost';
  }
}

/** For all channels of the process that are made from now on. */
export function registerUnixResolver(): void {
  experimental.registerResolver('unix', UnixResolver);
}
