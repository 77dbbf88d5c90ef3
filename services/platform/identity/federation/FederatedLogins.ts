import { createHash, randomBytes } from 'node:crypto';
import type { Identity } from '../Identity.ts';
import type { Attempt } from './OpenIdClient.ts';

/** How long a user can be away at the provider. */
export const FEDERATED_LOGIN_MS = 10 * 60_000;

/** What somebody went to a provider for. */
export interface FederatedLogin {
  readonly attempt: Attempt;
  /** Path of the page that the browser ends at; empty: it is answered with JSON. */
  readonly returnTo: string;
  /** Who links the identity to himself; null: somebody signs in with it. */
  readonly accountId: string | null;
}

const SEALED_FOR = 'federated_login';

/**
 * Sends a browser to a provider.
 *
 * @param browser Random; the browser alone has it, in a cookie, so that nobody ends in a browser what he began in his own
 *   (RFC 9700, 4.7).
 * @returns what the provider is to be given.
 */
export async function beginFederatedLogin(
  { database, clock, secret }: Identity,
  browser: string,
  { redirectUri, returnTo, accountId }: Omit<FederatedLogin, 'attempt'> & { redirectUri: string },
): Promise<Attempt> {
  const now = clock.now();
  const [state, nonce, codeVerifier] = [random(), random(), random()];
  const stateHash = hash(state);
  await database.deleteFrom('federated_login').where('expires_at', '<=', now).execute();
  await database
    .insertInto('federated_login')
    .values({
      ...{ state_hash: stateHash, browser_hash: hash(browser), nonce },
      code_verifier: secret.seal(SEALED_FOR, stateHash.toString('hex'), Buffer.from(codeVerifier)),
      ...{ redirect_uri: redirectUri, return_to: returnTo, account_id: accountId },
      expires_at: new Date(now.getTime() + FEDERATED_LOGIN_MS),
    })
    .execute();
  return { state, nonce, codeVerifier, redirectUri };
}

/**
 * Knows a browser that has come back, once.
 *
 * @param browser As its cookie says.
 * @returns undefined for a state that was never given to this browser, is too old, or came back before.
 */
export async function endFederatedLogin(
  { database, clock, secret }: Identity,
  browser: string,
  state: string,
): Promise<FederatedLogin | undefined> {
  const stateHash = hash(state);
  const row = await database
    .deleteFrom('federated_login')
    .where('state_hash', '=', stateHash)
    .where('browser_hash', '=', hash(browser))
    .where('expires_at', '>', clock.now())
    .returningAll()
    .executeTakeFirst();
  if (!row) return undefined;
  const { nonce, redirect_uri: redirectUri, return_to: returnTo, account_id: accountId } = row;
  const opened = secret.open(SEALED_FOR, stateHash.toString('hex'), row.code_verifier);
  const codeVerifier = opened.toString();
  return { attempt: { state, nonce, codeVerifier, redirectUri }, returnTo, accountId };
}

/** 256 bits, of the characters that PKCE's code verifier may have (RFC 7636, 4.1). */
export function random(): string {
  return randomBytes(32).toString('base64url');
}

function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
