import { join } from 'node:path';
import type { ConsulClient } from '@weft/mesh/consul';
import { followTrust, parseJwks } from '@weft/mesh/principal';
import type { Logger } from 'pino';
import { writeFileAtomically } from '../../runtime/program.ts';

/**
 * By what the tokens are judged that say who acts, for a program of any language: a JWKS, and the sessions and API keys that
 * are revoked, in files that change as Consul's KV store does. While Consul cannot be asked, what it said last stands.
 */
export class PrincipalFiles implements AsyncDisposable {
  /** Public keys: a JWKS (RFC 7517). With no key in it no token is good. */
  readonly jwks: string;
  /** A JSON array of the `sid` that are revoked. */
  readonly revoked: string;
  readonly #stop = new AbortController();
  #following: Promise<void> | undefined;
  /** One write at a time, in order. */
  #written: Promise<void> = Promise.resolve();

  private constructor(directory: string) {
    this.jwks = join(directory, 'principal-jwks.json');
    this.revoked = join(directory, 'principal-revoked.json');
  }

  /** @param directory Of the program's identity, which exists. Both files are there when it answers. */
  static async start(
    directory: string,
    { consul, log }: { readonly consul: ConsulClient; readonly log: Logger },
  ): Promise<PrincipalFiles> {
    const files = new PrincipalFiles(directory);
    await writeFileAtomically(files.jwks, toText({ keys: [] }));
    await writeFileAtomically(files.revoked, toText([]));
    const write = (file: string, value: unknown) => {
      files.#written = files.#written
        .then(() => writeFileAtomically(file, toText(value)))
        .catch((err) => log.error({ err, file }, 'what tokens are judged by could not be written'));
    };
    files.#following = followTrust(consul, {
      signal: files.#stop.signal,
      onJwks(published) {
        try {
          const jwks = published ?? { keys: [] };
          parseJwks(jwks);
          write(files.jwks, jwks);
        } catch (err) {
          log.error({ err }, 'what signs tokens is no JWKS; the keys before it stand');
        }
      },
      onRevoked: (sessions) => write(files.revoked, [...sessions].sort()),
      onFailure: (error, retryMs) =>
        log.warn({ reason: String(error), retryMs }, 'what tokens are judged by could not be read'),
    });
    return files;
  }

  /** What the program is told. */
  get environment(): Readonly<Record<string, string>> {
    return { WEFT_PRINCIPAL_JWKS: this.jwks, WEFT_PRINCIPAL_REVOKED: this.revoked };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#following;
    await this.#written;
  }
}

function toText(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}
