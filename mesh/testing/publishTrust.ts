import type { ConsulClient } from '../consul/index.ts';
import { apiKeyKey, JWKS_KEY, revokedKey, tokenRules } from '../principal/index.ts';
import type { TestIdentity } from './TestIdentity.ts';

/** Publishes as identity does, with a token that may: these sign tokens, and no others. */
export async function publishKeys(
  consul: ConsulClient,
  ...identities: readonly TestIdentity[]
): Promise<void> {
  await consul.write(`/kv/${JWKS_KEY}`, { keys: identities.flatMap(({ jwks }) => jwks.keys) });
}

/** Revokes a session, or an API key by its id. */
export async function revokeSession(consul: ConsulClient, session: string): Promise<void> {
  const expireTime = new Date(Date.now() + tokenRules.lifeSeconds * 1_000).toISOString();
  await consul.write(`/kv/${revokedKey(session)}`, { expireTime });
}

/** Lets an API key in as whom an inner token names. */
export async function publishApiKey(
  consul: ConsulClient,
  apiKey: string,
  token: string,
): Promise<void> {
  await consul.write(`/kv/${apiKeyKey(apiKey)}`, token);
}

export async function forgetApiKey(consul: ConsulClient, apiKey: string): Promise<void> {
  await consul.remove(`/kv/${apiKeyKey(apiKey)}`);
}
