import type { ConsulClient } from '@weft/mesh/consul';
import { checkSecret } from '../../kit/secret/checkSecret.ts';
import type { Secret } from '../../kit/secret/Secret.ts';
import { ApiKeyTokens } from './apiKeys/ApiKeyTokens.ts';
import { Attempts } from './attempts/Attempts.ts';
import type { Identity } from './Identity.ts';
import { SigningKeys } from './keys/SigningKeys.ts';
import { PasswordHasher } from './passwords/PasswordHasher.ts';
import { Publication } from './publication/Publication.ts';
import { Tokens } from './tokens/Tokens.ts';

/** What a process of identity is given. */
export interface IdentityMeans
  extends Pick<Identity, 'database' | 'events' | 'clock' | 'log' | 'contracts'> {
  readonly secret: Secret;
  /** With the right to write below weft/principal/. */
  readonly consul: ConsulClient;
}

/**
 * Puts together what a process of identity holds. Nothing runs by itself yet.
 *
 * @throws ConfigError when the database is used with another secret.
 */
export async function makeIdentity(means: IdentityMeans): Promise<Identity> {
  const { database, events, clock, log, contracts, secret, consul } = means;
  await checkSecret(database, secret);
  const keys = await SigningKeys.open(database, clock, secret);
  const apiKeys = new ApiKeyTokens({ database, clock, keys, consul });
  return {
    ...{ database, events, clock, log, contracts, secret, keys },
    tokens: new Tokens(secret),
    hasher: new PasswordHasher(),
    attempts: new Attempts(database, clock),
    publication: new Publication({ database, clock, keys, apiKeys, consul, log }),
  };
}
