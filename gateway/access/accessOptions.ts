import { isAbsolute, resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { CallerOptions } from './callerFilter.ts';

/** What the flags say, as commander names them. */
export interface AccessFlags {
  readonly jwtIssuer?: string;
  readonly jwtAudience?: readonly string[];
  readonly jwks?: string;
  readonly jwksCa?: string;
  readonly rolesClaim: string;
  readonly apiKeys?: string;
}

/** Adds the options of who may come in. */
export function addAccessOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--jwt-issuer <iss>', 'whose tokens are accepted, as their iss claim says').env(
        'WEFT_JWT_ISSUER',
      ),
    )
    .addOption(
      new Option('--jwt-audience <aud,...>', 'one of these must be in their aud claim')
        .env('WEFT_JWT_AUDIENCE')
        .argParser((text) => text.split(',').filter(Boolean)),
    )
    .addOption(
      new Option('--jwks <file or URL>', "the issuer's keys; https, or http on this machine")
        .env('WEFT_JWKS')
        .argParser(jwksLocation),
    )
    .addOption(
      new Option(
        '--jwks-ca <file>',
        "authorities of the keys' https server (default: the machine's)",
      ).env('WEFT_JWKS_CA'),
    )
    .addOption(
      new Option('--roles-claim <path>', "where tokens say their user's roles")
        .env('WEFT_ROLES_CLAIM')
        .default('roles'),
    )
    .addOption(
      new Option('--api-keys <file>', 'hashes of the API keys; see gateway/apiKey.ts').env(
        'WEFT_API_KEYS',
      ),
    );
}

/** @throws when an identity provider is described in part. */
export function readAccessOptions(flags: AccessFlags): CallerOptions {
  const { jwtIssuer: issuer, jwtAudience: audiences = [], jwks, rolesClaim } = flags;
  const apiKeys = flags.apiKeys ? { apiKeys: resolve(flags.apiKeys) } : {};
  if (!issuer && audiences.length === 0 && !jwks) return apiKeys;
  if (!issuer || audiences.length === 0 || !jwks) {
    throw new Error('--jwt-issuer, --jwt-audience and --jwks are given together.');
  }
  const jwksCa = flags.jwksCa ? { jwksCa: resolve(flags.jwksCa) } : {};
  return { ...apiKeys, identityProvider: { issuer, audiences, jwks, rolesClaim, ...jwksCa } };
}

function jwksLocation(text: string): string {
  if (!/^https?:/.test(text)) return isAbsolute(text) ? text : resolve(text);
  if (!URL.canParse(text)) throw new InvalidArgumentError('It is a file or a URL.');
  return text;
}
