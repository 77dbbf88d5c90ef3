import { type ConsulClient, followConsul } from '@weft/mesh/consul';
import type { outputLogger } from '@weft/mesh/logging';
import {
  API_KEYS_PREFIX,
  entriesBelow,
  followTrust,
  HASH,
  TRUST_PAUSE_MS,
} from '@weft/mesh/principal';
import { NO_TRUST, type Trust, writeTrust } from './writeTrust.ts';

type Logger = ReturnType<typeof outputLogger>;

export interface EdgeTrustOptions {
  /** Asked with a token that may read all below PRINCIPAL_PREFIX. */
  readonly consul: ConsulClient;
  /** Of trustFiles(). */
  readonly folder: string;
  readonly log: Logger;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/**
 * Keeps the files by which an edge judges tokens and API keys as Consul's KV store says, and as they are while it says
 * nothing. Resolves when the signal aborts.
 */
export async function followEdgeTrust(options: EdgeTrustOptions): Promise<void> {
  const { consul, folder, log, signal } = options;
  const known: { -readonly [Part in keyof Trust]?: Trust[Part] } = {};
  const told = (part: Partial<Trust>) => {
    Object.assign(known, part);
    const { jwks, revoked, apiKeys } = known;
    // Before all has been heard, the files of before say more.
    if (!jwks || !revoked || !apiKeys) return;
    try {
      writeTrust(folder, { jwks, revoked, apiKeys: unrevoked(apiKeys, revoked, log) });
      log.debug({ revoked: revoked.size, apiKeys: apiKeys.size }, 'the edge is told');
    } catch (error) {
      log.error({ err: error }, 'the edge could not be told, and goes by what it was told before');
    }
  };
  const onFailure = (error: unknown, retryMs: number) =>
    log.warn({ reason: String(error), retryMs }, 'what tokens are judged by could not be read');
  await Promise.all([
    followTrust(consul, {
      signal,
      onFailure,
      onJwks: (jwks) => told({ jwks: jwks ?? NO_TRUST.jwks }),
      onRevoked: (revoked) => told({ revoked }),
    }),
    followApiKeys(),
  ]);

  async function followApiKeys(): Promise<void> {
    const answers = followConsul(consul, `/kv/${API_KEYS_PREFIX}`, {
      ...{ signal, onFailure, pauseMs: TRUST_PAUSE_MS, isPatient: true },
      query: { recurse: true },
      parse: (answer) => entriesBelow(API_KEYS_PREFIX, answer as never),
    });
    for await (const apiKeys of answers) told({ apiKeys });
  }
}

/** Those that are well formed, and not revoked by their id. */
function unrevoked(
  apiKeys: Trust['apiKeys'],
  revoked: Trust['revoked'],
  log: Logger,
): Trust['apiKeys'] {
  return new Map(
    [...apiKeys].filter(([hash, token]) => {
      const session = HASH.test(hash) ? sessionOf(token) : undefined;
      if (session === undefined) log.warn({ hash }, 'what stands for an API key is no token');
      return session !== undefined && !revoked.has(session);
    }),
  );
}

/** The `sid` of a token, which is verified when it is used. Undefined: it is none. */
function sessionOf(token: string): string | undefined {
  const [, payload = ''] = /^[\w-]+\.([\w-]+)\.[\w-]+$/.exec(token) ?? [];
  try {
    const { sid } = JSON.parse(Buffer.from(payload, 'base64url').toString());
    return typeof sid === 'string' ? sid : undefined;
  } catch {
    return undefined;
  }
}
