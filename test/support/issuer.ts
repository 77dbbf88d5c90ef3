import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';

/** An identity provider: signs tokens and publishes its keys over HTTP, and can change them. */
export class Issuer {
  readonly name = 'https://id.example';
  readonly audience = 'weft';
  readonly #server: Server;
  #key: CryptoKey;
  #jwks: { keys: JWK[] };
  #kid = 0;

  private constructor(server: Server, key: CryptoKey, jwk: JWK) {
    this.#server = server;
    this.#key = key;
    this.#jwks = { keys: [jwk] };
    server.on('request', (_request, response) => response.end(JSON.stringify(this.#jwks)));
  }

  static async start(): Promise<Issuer> {
    const { key, jwk } = await makeKey('0');
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Issuer(server, key, jwk);
  }

  get jwks(): { readonly keys: readonly JWK[] } {
    return this.#jwks;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/jwks.json`;
  }

  /** Publishes a new key, with which it signs from now on, beside those before. @returns its id. */
  async addKey(): Promise<string> {
    const kid = String(++this.#kid);
    const { key, jwk } = await makeKey(kid);
    this.#key = key;
    this.#jwks = { keys: [...this.#jwks.keys, jwk] };
    return kid;
  }

  /** Publishes all keys but this one. */
  removeKey(kid: string): void {
    this.#jwks = { keys: this.#jwks.keys.filter((key) => key.kid !== kid) };
  }

  /** A token of this user, good for ten minutes; `claims` replace its own. */
  token(subject: string | undefined, claims: Record<string, unknown> = {}): Promise<string> {
    return signed(this.#key, String(this.#kid), {
      iss: this.name,
      aud: this.audience,
      ...(subject === undefined ? {} : { sub: subject }),
      exp: Math.floor(Date.now() / 1_000) + 600,
      ...claims,
    });
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

/** A token that anybody can make: signed with a key that nobody knows. */
export async function forgedToken(
  issuer: Issuer,
  claims: Record<string, unknown>,
): Promise<string> {
  const { key } = await makeKey('0');
  const exp = Math.floor(Date.now() / 1_000) + 600;
  return signed(key, '0', { iss: issuer.name, aud: issuer.audience, exp, ...claims });
}

async function makeKey(kid: string): Promise<{ key: CryptoKey; jwk: JWK }> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  return {
    key: privateKey,
    jwk: { ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' },
  };
}

function signed(key: CryptoKey, kid: string, claims: Record<string, unknown>): Promise<string> {
  return new SignJWT(claims as never).setProtectedHeader({ alg: 'ES256', kid }).sign(key);
}
