import { type ConsulClient, followConsul } from '../consul/index.ts';
import { JWKS_KEY, REVOKED_PREFIX, SESSION } from './consulKeys.ts';

/** Revocations that come closer together are one answer of Consul's. Well below the 2 s in which one is in effect. */
export const TRUST_PAUSE_MS = 300;

export interface TrustOptions {
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Told of the JWKS, as it stands there, now and after each change; undefined while there is none. */
  readonly onJwks: (jwks: unknown) => void;
  /** Told of the ids of all sessions and API keys that are revoked, now and after each change. */
  readonly onRevoked: (sessions: ReadonlySet<string>) => void;
  /** Told of each failure: what was known before stands. The next try follows after `retryMs`. */
  readonly onFailure: (error: unknown, retryMs: number) => void;
}

interface Entry {
  readonly Key: string;
  /** Base64; null for an empty value. */
  readonly Value: string | null;
}

/** Follows by what tokens are judged, in Consul's KV store. Resolves when the signal aborts. */
export async function followTrust(consul: ConsulClient, options: TrustOptions): Promise<void> {
  const { signal, onJwks, onRevoked, onFailure } = options;
  const common = { signal, onFailure, pauseMs: TRUST_PAUSE_MS, isPatient: true } as const;
  const jwksSets = followConsul(consul, `/kv/${JWKS_KEY}`, {
    ...common,
    query: { recurse: true },
    parse: (answer) => jwksOf(answer as readonly Entry[]),
  });
  const revokedSets = followConsul(consul, `/kv/${REVOKED_PREFIX}`, {
    ...common,
    query: { keys: true },
    parse: (answer) => sessionsOf(answer as readonly string[]),
  });
  await Promise.all([each(jwksSets, onJwks), each(revokedSets, onRevoked)]);
}

/** Each entry of an answer by its name below a prefix. */
export function entriesBelow(prefix: string, answer: readonly Entry[]): Map<string, string> {
  return new Map(
    answer.map(({ Key, Value }) => [
      Key.slice(prefix.length),
      Buffer.from(Value ?? '', 'base64').toString(),
    ]),
  );
}

/** @throws SyntaxError for what is no JSON. */
function jwksOf(answer: readonly Entry[]): unknown {
  const jwks = entriesBelow('', answer).get(JWKS_KEY);
  return jwks === undefined ? undefined : JSON.parse(jwks);
}

function sessionsOf(names: readonly string[]): ReadonlySet<string> {
  return new Set(
    names.map((name) => name.slice(REVOKED_PREFIX.length)).filter((id) => SESSION.test(id)),
  );
}

async function each<T>(values: AsyncIterable<T>, tell: (value: T) => void): Promise<void> {
  for await (const value of values) tell(value);
}
