import type { Logger } from 'pino';
import { ConfigError } from '../config/ConfigError.ts';

/** The major version that the npm package `node` pins, and all tests run on. */
const TESTED = 24;
/** The first minor version of it that tells of HTTP/2 streams, which the patches need. */
const FIRST_MINOR = 2;

/**
 * Says in one line when this is another Node than the one that services are tested with. A later one may do: what does not
 * fit of the patches is off, and says so.
 *
 * @param version Of Node, such as "24.22.3".
 * @throws ConfigError when it is too old to run a service.
 */
export function checkNode(log: Pick<Logger, 'warn'>, version = process.versions.node): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < TESTED || (major === TESTED && minor < FIRST_MINOR)) {
    throw new ConfigError(
      `Node ${version} is too old: a service needs ${TESTED}.${FIRST_MINOR} or later, which the npm package "node" brings as node_modules/.bin/node`,
    );
  }
  if (major > TESTED) {
    log.warn(
      { node: version },
      `Node ${version} is not the ${TESTED} that this is tested with: patches that do not fit it are off, each with a line here`,
    );
  }
}
