import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ConsulClient, ConsulError } from '@weft/mesh/consul';
import { LOGIN_AUDIENCE, LOGIN_ISSUER, LOGIN_METHOD } from '@weft/mesh/local';
import { importPKCS8, SignJWT } from 'jose';
import type { Logger } from 'pino';
import { CliError } from '../CliError.ts';

const RETRY_MS = 5_000;

export interface ServiceTokenOptions {
  /** The one that the token is good for. */
  readonly service: string;
  /** The operator's key, PEM of PKCS#8 for ES256. */
  readonly keyFile: string;
  /** Without a token. */
  readonly consul: ConsulClient;
  readonly log: Logger;
}

interface Login {
  readonly SecretID: string;
  readonly ExpirationTime?: string;
}

/**
 * A token of Consul for one service, by the key of the operator: with it one can register as that service and have its
 * certificate, and nothing else. It expires, so that one that is left behind by a process that was killed is soon good
 * for nothing; until then it is replaced in time, and at the end it is destroyed.
 *
 * @see https://developer.hashicorp.com/consul/api-docs/acl#login-to-auth-method
 */
export class ServiceToken implements AsyncDisposable {
  readonly #options: ServiceTokenOptions;
  readonly #stop = new AbortController();
  readonly #kept: Promise<void>;
  #login: Login;

  private constructor(options: ServiceTokenOptions, login: Login) {
    this.#options = options;
    this.#login = login;
    this.#kept = this.#keep();
  }

  /** @throws CliError when the key cannot be read, or Consul does not take it. */
  static async obtain(options: ServiceTokenOptions): Promise<ServiceToken> {
    try {
      return new ServiceToken(options, await logIn(options));
    } catch (cause) {
      const isRefused = cause instanceof ConsulError && cause.statusCode !== undefined;
      if (cause instanceof ConsulError && !isRefused) throw cause;
      const { message } = cause as Error;
      throw new CliError(`no token for ${options.service} by WEFT_LOGIN_KEY: ${message}`, {
        cause,
      });
    }
  }

  /** The one of the moment. */
  get value(): string {
    return this.#login.SecretID;
  }

  /** Destroys it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#kept;
    await this.#destroy(this.#login);
  }

  async #keep(): Promise<void> {
    const { log, service } = this.#options;
    const { signal } = this.#stop;
    let pauseMs = halfLife(this.#login);
    while (!signal.aborted) {
      await sleep(pauseMs, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      try {
        // The one before stays until it expires: what is under way goes by it.
        this.#login = await logIn(this.#options);
        pauseMs = halfLife(this.#login);
      } catch (err) {
        log.warn({ err, service, retryMs: RETRY_MS }, "Consul's token could not be renewed");
        pauseMs = RETRY_MS;
      }
    }
  }

  async #destroy({ SecretID }: Login): Promise<void> {
    const { consul, log, service } = this.#options;
    try {
      await consul.withToken(SecretID).post('/acl/logout');
    } catch (err) {
      log.warn({ err, service }, "Consul's token could not be destroyed: it expires by itself");
    }
  }
}

async function logIn({ service, keyFile, consul }: ServiceTokenOptions): Promise<Login> {
  const key = await importPKCS8(await readFile(keyFile, 'utf8'), 'ES256');
  const BearerToken = await new SignJWT({ service })
    .setProtectedHeader({ alg: 'ES256' })
    .setIssuer(LOGIN_ISSUER)
    .setAudience(LOGIN_AUDIENCE)
    .setSubject(service)
    .setIssuedAt()
    .setExpirationTime('1m')
    .sign(key);
  return consul.post<Login>('/acl/login', { AuthMethod: LOGIN_METHOD, BearerToken });
}

/** In milliseconds from now. */
function halfLife({ ExpirationTime }: Login): number {
  const leftMs = ExpirationTime ? Date.parse(ExpirationTime) - Date.now() : 3_600_000;
  return Math.max(leftMs / 2, 1_000);
}
