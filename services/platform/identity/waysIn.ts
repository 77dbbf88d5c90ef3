import { ConfigError } from '@weft/mesh/runtime';
import { readSecretFile } from '../../kit/readSecretFile.ts';
import type { Config } from './config.ts';
import { RefreshCookie } from './cookies/RefreshCookie.ts';
import { TrustedIssuers } from './exchange/TrustedIssuers.ts';
import { GoogleLogin } from './federation/GoogleLogin.ts';
import { OpenIdClient } from './federation/OpenIdClient.ts';
import type { Identity } from './Identity.ts';
import { AdministratorToken } from './roles/AdministratorToken.ts';
import type { WalletPolicy } from './wallets/verifyWalletMessage.ts';

/** How users may come in besides by a password, as the operator has configured it. */
export interface WaysIn {
  readonly wallets: WalletPolicy;
  /** Undefined: nobody signs in by Google. */
  readonly google: GoogleLogin | undefined;
  readonly trustedIssuers: TrustedIssuers;
  readonly refreshCookie: RefreshCookie;
  readonly administratorToken: AdministratorToken;
}

/** @throws ConfigError when the file with Google's client secret is missing or can be read by others. */
export async function openWaysIn(identity: Identity, config: Config): Promise<WaysIn> {
  const { log, secret } = identity;
  const { publicUrl, google, wallets, trustedIssuers, administratorTokenFile } = config;
  return {
    wallets,
    google: google && (await openGoogle(identity, publicUrl, google)),
    trustedIssuers: new TrustedIssuers(trustedIssuers, log),
    refreshCookie: new RefreshCookie(publicUrl.startsWith('https:')),
    administratorToken: new AdministratorToken(secret, administratorTokenFile, log),
  };
}

async function openGoogle(
  identity: Identity,
  publicUrl: string,
  { issuer, clientId, clientSecretFile }: NonNullable<Config['google']>,
): Promise<GoogleLogin> {
  const variable = 'IDENTITY_GOOGLE_CLIENT_SECRET_FILE';
  const clientSecret = await readSecretFile(variable, clientSecretFile);
  if (clientSecret === '') throw new ConfigError(`${variable}: ${clientSecretFile} is empty`);
  const client = new OpenIdClient({ issuer, clientId, clientSecret }, identity.log);
  return new GoogleLogin(identity, client, publicUrl);
}
