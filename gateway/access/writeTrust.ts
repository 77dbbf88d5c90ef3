import { existsSync } from 'node:fs';
import { edgeNames } from '@weft/mesh/contracts';
import { parseJwks, tokenRules } from '@weft/mesh/principal';
import { filterFile } from '../filterFile.ts';
import { replaceFile } from '../replaceFile.ts';
import type { Config } from '../typedConfig.ts';
import { accessTokenConfig, innerTokenConfig } from './tokenFilters.ts';
import { trustFiles } from './trustFiles.ts';

/** By what the edge judges tokens and API keys. */
export interface Trust {
  /** A JWKS. Of its keys those count by which our tokens can be verified. */
  readonly jwks: unknown;
  /** Ids of sessions and API keys that are revoked. */
  readonly revoked: ReadonlySet<string>;
  /** Inner tokens of API keys, by the keys' SHA-256 in small hexadecimal digits. */
  readonly apiKeys: ReadonlyMap<string, string>;
}

/** Nobody signs tokens, and there are no keys. */
export const NO_TRUST: Trust = { jwks: { keys: [] }, revoked: new Set(), apiKeys: new Map() };

/**
 * Writes what an edge goes by from now on: within a second and a half it does. API keys' tokens are good for whoever reads
 * them, so the files are for their owner alone.
 *
 * @param version Another one each time. Default: by the clock.
 * @throws TypeError for what is no JWKS.
 */
export function writeTrust(
  folder: string,
  { jwks, revoked, apiKeys }: Trust,
  version = process.hrtime.bigint(),
): void {
  const files = trustFiles(folder);
  const { algorithm: alg } = tokenRules;
  const keys = [...parseJwks(jwks).values()].map((key) => ({ ...key, alg, use: 'sig' }));
  const filter = (name: string, typed_config: Config) =>
    JSON.stringify(filterFile({ name, typed_config }));
  // A filter that is told anew would forget the tokens that it has verified: what is the same stays.
  replaceFile(files.accessTokens, filter(edgeNames.accessTokenFilter, accessTokenConfig(keys)));
  replaceFile(files.innerTokens, filter(edgeNames.innerTokenFilter, innerTokenConfig(keys)));
  replaceFile(files.credentials, credentials(revoked, apiKeys, version));
}

/** Lets nobody in where it has not been said yet who may: Envoy does not start without the files. */
export function prepareTrust(folder: string): void {
  if (!Object.values(trustFiles(folder)).every(existsSync)) writeTrust(folder, NO_TRUST, 0n);
}

/** The first line is another one each time, by which the script sees whether there is more to read. */
function credentials(
  revoked: Trust['revoked'],
  apiKeys: Trust['apiKeys'],
  version: bigint,
): string {
  const lines = [
    `version ${version}`,
    ...[...revoked].map((session) => `revoked ${session}`),
    ...[...apiKeys].map(([hash, token]) => `key ${hash} ${token}`),
  ];
  return `${lines.join('\n')}\n`;
}
