import path from 'node:path';
import { z } from 'zod';
import { secretFile } from '../../kit/secret/SecretFile.ts';

/** Words of a list that commas separate. */
const list = (text: string) =>
  text
    .split(',')
    .map((each) => each.trim())
    .filter(Boolean);

const httpUrl = z.url({ protocol: /^https?$/ });

/** The environment variables that identity reads. */
export const config = z
  .object({
    /**
     * File with the secret by which keys are sealed and tokens of users are made: 32 bytes in base64. Every instance has the
     * same one. Default: data/identity/secret in the mesh's state folder, which is made where it is missing.
     */
    IDENTITY_SECRET_FILE: z.string().optional(),
    /** Where browsers reach the edge, such as "https://api.example". Default: the edge's own, on this machine. */
    IDENTITY_PUBLIC_URL: httpUrl.optional(),
    /** What Google calls this client. Default: nobody signs in by Google. */
    IDENTITY_GOOGLE_CLIENT_ID: z.string().optional(),
    /** File with the secret that goes with it, mode 0600. */
    IDENTITY_GOOGLE_CLIENT_SECRET_FILE: z.string().optional(),
    /** Another OpenID provider in Google's place. */
    IDENTITY_GOOGLE_ISSUER: httpUrl.default('https://accounts.google.com'),
    /**
     * Hosts, with their ports, of the pages that ask wallets to sign in, separated by commas, such as "app.example". Default:
     * that of the public URL.
     */
    IDENTITY_WALLET_DOMAINS: z.string().default('').transform(list),
    /** EIP-155 ids of the chains whose accounts sign in, separated by commas. Default: 1, Ethereum's own. */
    IDENTITY_WALLET_CHAINS: z
      .string()
      .default('1')
      .transform(list)
      .refine(
        (ids) => ids.length > 0 && ids.every((id) => /^[1-9]\d{0,14}$/.test(id)),
        'must be numbers of chains, separated by commas, such as 1,137',
      )
      .transform((ids) => ids.map(Number)),
    /**
     * Identity providers whose tokens are exchanged for ours, separated by commas: of each the issuer and the audience that
     * its tokens name, and, where it may say roles, the claim that has them, such as
     * "https://id.example weft realm_access.roles". Default: none.
     */
    IDENTITY_TRUSTED_ISSUERS: z
      .string()
      .default('')
      .transform((text) => list(text).map((each) => each.split(/\s+/)))
      .refine(
        (issuers) =>
          issuers.every(
            ([issuer, audience, , more]) =>
              httpUrl.safeParse(issuer).success && audience !== undefined && more === undefined,
          ),
        'must be issuers, each with an audience: https://id.example weft',
      )
      .transform((issuers) =>
        issuers.map(([issuer = '', audience = '', rolesClaim]) => ({
          ...{ issuer, audience, rolesClaim },
        })),
      ),
    WEFT_PUBLIC_URL: httpUrl.default('http://localhost:8080'),
    WEFT_HOME: z.string().default('.weft'),
  })
  .refine(
    (given) =>
      (given.IDENTITY_GOOGLE_CLIENT_ID === undefined) ===
      (given.IDENTITY_GOOGLE_CLIENT_SECRET_FILE === undefined),
    {
      path: ['IDENTITY_GOOGLE_CLIENT_SECRET_FILE'],
      message: 'goes with IDENTITY_GOOGLE_CLIENT_ID: both or none',
    },
  )
  .transform((given) => {
    const publicUrl = new URL(given.IDENTITY_PUBLIC_URL ?? given.WEFT_PUBLIC_URL);
    const { IDENTITY_GOOGLE_CLIENT_ID: clientId, IDENTITY_GOOGLE_CLIENT_SECRET_FILE: file } = given;
    const domains = given.IDENTITY_WALLET_DOMAINS;
    return {
      secretFile: secretFile('identity', given.IDENTITY_SECRET_FILE, given.WEFT_HOME),
      publicUrl: publicUrl.origin,
      google:
        clientId !== undefined && file !== undefined
          ? { clientId, clientSecretFile: path.resolve(file), issuer: given.IDENTITY_GOOGLE_ISSUER }
          : undefined,
      wallets: {
        domains: domains.length > 0 ? domains : [publicUrl.host],
        chains: given.IDENTITY_WALLET_CHAINS,
      },
      trustedIssuers: given.IDENTITY_TRUSTED_ISSUERS,
      administratorTokenFile: path.resolve(given.WEFT_HOME, 'data/identity/administrator-token'),
    };
  });

export type Config = z.output<typeof config>;
