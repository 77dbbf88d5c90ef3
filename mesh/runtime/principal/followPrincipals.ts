import type { ConsulClient } from '@weft/mesh/consul';
import type { Logger } from 'pino';
import { followTrust, parseJwks } from '../../principal/index.ts';
import type { ActiveCalls } from '../server/ActiveCalls.ts';
import { type Principals, sessionRevoked } from './Principals.ts';

export interface FollowPrincipalsOptions {
  readonly consul: ConsulClient;
  readonly principals: Principals;
  /** Streams and sockets of what is revoked end. */
  readonly calls: Pick<ActiveCalls, 'endStreamsOf'>;
  readonly log: Logger;
}

/**
 * Keeps a process told by what tokens are judged, from Consul's KV store. While Consul cannot be asked, what it said last
 * stands.
 *
 * @returns once Consul has answered both questions, or one could not be asked: how to end it.
 */
export async function followPrincipals(
  options: FollowPrincipalsOptions,
): Promise<() => Promise<void>> {
  const { consul, principals, calls, log } = options;
  const stop = new AbortController();
  const jwks = Promise.withResolvers<void>();
  const revoked = Promise.withResolvers<void>();
  const failed = Promise.withResolvers<void>();
  const following = followTrust(consul, {
    signal: stop.signal,
    onJwks(published) {
      try {
        principals.setKeys(parseJwks(published ?? { keys: [] }));
      } catch (error) {
        // The keys before it stand.
        log.error({ err: error }, 'what signs tokens is no JWKS');
      }
      jwks.resolve();
    },
    onRevoked(sessions) {
      principals.setRevoked(sessions);
      calls.endStreamsOf((principal) => principals.isRevoked(principal), sessionRevoked);
      revoked.resolve();
    },
    onFailure(error, retryMs) {
      log.warn({ reason: String(error), retryMs }, 'what tokens are judged by could not be read');
      failed.resolve();
    },
  });
  await Promise.race([Promise.all([jwks.promise, revoked.promise]), failed.promise]);
  return async () => {
    stop.abort();
    await following;
  };
}
