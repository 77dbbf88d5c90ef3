import { randomUUID } from 'node:crypto';
import type { JWK } from 'jose';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import {
  type Principal,
  type SigningKey,
  type SignOptions,
  signAccess,
  signInner,
  tokenRules,
} from '../principal/index.ts';

/** Signs tokens as identity does, and those that it would never sign. */
export class TestIdentity {
  /** What it publishes. */
  readonly jwks: { readonly keys: readonly JWK[] };
  readonly key: SigningKey;

  private constructor(key: SigningKey, jwk: JWK) {
    this.key = key;
    this.jwks = { keys: [jwk] };
  }

  /** @param kid Default: a new one. */
  static async create(kid: string = randomUUID()): Promise<TestIdentity> {
    const { privateKey, publicKey } = await generateKeyPair(tokenRules.algorithm, {
      extractable: true,
    });
    const jwk = { ...(await exportJWK(publicKey)), kid, use: 'sig', alg: tokenRules.algorithm };
    return new TestIdentity({ kid, key: privateKey }, jwk);
  }

  inner(principal: Partial<Principal> = {}, options: SignOptions = {}): Promise<string> {
    return signInner(testPrincipal(principal), this.key, options);
  }

  access(principal: Partial<Principal> = {}, options: SignOptions = {}): Promise<string> {
    return signAccess(testPrincipal(principal), this.key, options);
  }

  /** A token of these claims and header, whatever they are. */
  sign(claims: object, header: object = {}): Promise<string> {
    const { kid, key } = this.key;
    return new SignJWT({ ...claims })
      .setProtectedHeader({ alg: tokenRules.algorithm, kid, ...header })
      .sign(key);
  }
}

/** A user without roles, in a session of his own. */
export function testPrincipal(principal: Partial<Principal> = {}): Principal {
  return {
    subject: randomUUID(),
    kind: 'user',
    roles: [],
    scopes: [],
    session: randomUUID(),
    ...principal,
  };
}
