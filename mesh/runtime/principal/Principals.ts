import { status as Status } from '@grpc/grpc-js';
import type { JWK } from 'jose';
import {
  type Principal,
  type VerifiedToken,
  verifyAccess,
  verifyInner,
} from '../../principal/index.ts';
import { errorInfo, RuntimeReason } from '../rpc/errorInfo.ts';
import { RpcError } from '../rpc/RpcError.ts';

/** Tokens that are remembered as verified; those that came first are forgotten first. About a kilobyte each. */
const REMEMBERED = 10_000;

/**
 * Who acts, by the tokens that come with calls. One that has been verified is remembered until it ends, or the keys change:
 * what a call costs is a look into a map.
 */
export class Principals {
  #keys: ReadonlyMap<string, JWK> | undefined;
  #revoked: ReadonlySet<string> = new Set();
  readonly #verified = new Map<string, VerifiedToken>();
  /** Those that are being verified: many calls may come with a new token at once. */
  readonly #pending = new Map<string, Promise<VerifiedToken>>();

  /** By what tokens are signed: see parseJwks(). Until it is told, none can be verified. */
  setKeys(keys: ReadonlyMap<string, JWK>): void {
    this.#keys = keys;
    this.#verified.clear();
    this.#pending.clear();
  }

  /** Sessions and API keys that are revoked, all of them. */
  setRevoked(sessions: ReadonlySet<string>): void {
    this.#revoked = sessions;
  }

  isRevoked({ session }: Principal): boolean {
    return this.#revoked.has(session);
  }

  /**
   * The principal of an inner token; a promise when it has not been seen before.
   *
   * @throws RpcError UNAUTHENTICATED for one that is not good, UNAVAILABLE while no keys are known; the promise rejects so.
   */
  of(token: string): Principal | Promise<Principal> {
    const known = this.#verified.get(token);
    return known ? this.#current(token, known) : this.#verify(token);
  }

  /**
   * The principal of an access token, which a client shows where the edge has not looked: in what it sends by a WebSocket.
   *
   * @returns him with the inner token, and until when he is known by it: milliseconds since the epoch.
   * @throws RpcError as `of` does.
   */
  async ofAccess(token: string): Promise<VerifiedToken & { readonly inner: string }> {
    const keys = this.#knownKeys();
    try {
      const { weft: inner } = await verifyAccess(token, keys);
      const verified = await verifyInner(inner, keys);
      this.#current(inner, verified);
      return { ...verified, inner };
    } catch (cause) {
      throw toUnauthenticated(cause);
    }
  }

  async #verify(token: string): Promise<Principal> {
    const keys = this.#knownKeys();
    let pending = this.#pending.get(token);
    if (!pending) {
      pending = verifyInner(token, keys);
      this.#pending.set(token, pending);
    }
    try {
      const verified = await pending;
      // Keys that have changed meanwhile may be others.
      if (this.#keys === keys) this.#remember(token, verified);
      return this.#current(token, verified);
    } catch (cause) {
      throw toUnauthenticated(cause);
    } finally {
      if (this.#pending.get(token) === pending) this.#pending.delete(token);
    }
  }

  #knownKeys(): ReadonlyMap<string, JWK> {
    if (this.#keys) return this.#keys;
    throw new RpcError(Status.UNAVAILABLE, 'no principal can be verified yet', {
      details: [errorInfo(RuntimeReason.PRINCIPAL_UNVERIFIABLE)],
    });
  }

  #current(token: string, { principal, goodUntil }: VerifiedToken): Principal {
    if (this.#revoked.has(principal.session)) throw sessionRevoked();
    if (goodUntil > Date.now()) return principal;
    this.#verified.delete(token);
    throw principalExpired();
  }

  #remember(token: string, verified: VerifiedToken): void {
    if (this.#verified.size >= REMEMBERED) {
      const [first] = this.#verified.keys();
      if (first !== undefined) this.#verified.delete(first);
    }
    this.#verified.set(token, verified);
  }
}

/** What a call of a session, or by an API key, that has been revoked ends with. */
export function sessionRevoked(): RpcError {
  return unauthenticated('the session has been revoked', RuntimeReason.SESSION_REVOKED);
}

/** What a call ends with, or is refused with, whose token was good. */
export function principalExpired(cause?: unknown): RpcError {
  return unauthenticated(
    'the principal’s token has expired',
    RuntimeReason.PRINCIPAL_EXPIRED,
    cause,
  );
}

function toUnauthenticated(cause: unknown): RpcError {
  if (cause instanceof RpcError) return cause;
  if ((cause as { code?: unknown }).code === 'ERR_JWT_EXPIRED') return principalExpired(cause);
  return unauthenticated(
    'the principal’s token is not good',
    RuntimeReason.PRINCIPAL_INVALID,
    cause,
  );
}

export function unauthenticated(message: string, reason: string, cause?: unknown): RpcError {
  return new RpcError(Status.UNAUTHENTICATED, message, { cause, details: [errorInfo(reason)] });
}
