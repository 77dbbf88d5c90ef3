import { mkdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ConsulClient, ConsulError, followConsul } from '@weft/mesh/consul';
import type { Logger } from 'pino';
import { Backoff } from '../../retry/Backoff.ts';
import { ExpiryWatch } from './ExpiryWatch.ts';
import { envoySecrets } from './envoySecrets.ts';
import type { IdentityFiles } from './identityFiles.ts';
import type { Leaf } from './Leaf.ts';
import { Renewal } from './Renewal.ts';
import { type Roots, readRoots } from './Roots.ts';
import { requestLeaf } from './requestLeaf.ts';
import { writeFileAtomically } from './writeFileAtomically.ts';

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;

export interface IdentityOptions {
  readonly consul: ConsulClient;
  /** Name of the service in Consul, such as "analytics". */
  readonly service: string;
  /** Where the files go: see identityFiles(). */
  readonly files: IdentityFiles;
  readonly log: Logger;
  /** Ends waiting for the first certificate. */
  readonly signal?: AbortSignal;
}

/** What a connection is made with, PEM; the parts belong together at any moment. */
export interface Credentials {
  readonly certificate: string;
  readonly key: string;
  readonly roots: string;
  readonly spiffeId: string;
}

/**
 * What proves who this process is: a key that it has made itself, the leaf certificate that Consul has signed for it, and
 * the roots, in files that gRPC and Envoy watch. Long before the certificate expires, and when another root signs, it is
 * renewed with a new key; a new root is written as soon as Consul tells it.
 */
export class Identity {
  readonly files: IdentityFiles;
  readonly #options: IdentityOptions;
  readonly #stop: AbortController;
  readonly #expiry: ExpiryWatch;
  readonly #renewal = new Renewal();
  readonly #expiryListeners = new Set<(isExpired: boolean) => void>();
  #isExpired = false;
  #leaf: Leaf;
  #roots: Roots;
  #writing: Promise<void> = Promise.resolve();

  private constructor(options: IdentityOptions, stop: AbortController, leaf: Leaf, roots: Roots) {
    this.files = options.files;
    this.#options = options;
    this.#stop = stop;
    this.#leaf = leaf;
    this.#roots = roots;
    this.#expiry = new ExpiryWatch({
      log: options.log,
      onChange: (isExpired) => {
        this.#isExpired = isExpired;
        for (const listener of this.#expiryListeners) listener(isExpired);
      },
    });
    this.#expiry.follow(leaf);
    this.#renewal.renewed(leaf);
  }

  /**
   * Gets the certificate and the roots and writes the files; from then on, keeps them fresh until stop(). While Consul
   * cannot be reached, or does not sign, it is asked again and again, with a warning each time.
   *
   * @throws ConsulError 403 when the token may not have this service's certificate.
   * @throws the reason of `signal`.
   */
  static async start(options: IdentityOptions): Promise<Identity> {
    const { consul, files, log, signal } = options;
    const stop = new AbortController();
    const abort = () => stop.abort(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    const rootSets = followConsul(consul, '/agent/connect/ca/roots', {
      signal: stop.signal,
      parse: readRoots,
      onFailure: (error, retryMs) =>
        log.warn({ reason: String(error), retryMs }, 'roots could not be read from Consul'),
    });
    try {
      signal?.throwIfAborted();
      const roots = await rootSets.next();
      if (roots.done) throw signal?.reason ?? new Error('stopped');
      const leaf = await renew(options, roots.value, stop.signal, { isFirst: true });
      const identity = new Identity(options, stop, leaf, roots.value);
      await mkdir(files.directory, { recursive: true, mode: 0o700 });
      await identity.#write();
      identity.#keep(identity.#keepRoots(rootSets));
      identity.#keep(identity.#keepLeaf());
      return identity;
    } catch (error) {
      stop.abort();
      throw error;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  /** Such as `spiffe://<trust domain>/ns/default/dc/dc1/svc/analytics`. */
  get spiffeId(): string {
    return this.#leaf.spiffeId;
  }

  /** What the files hold, or will in a moment. */
  get credentials(): Credentials {
    const { certificate, key, spiffeId } = this.#leaf;
    return { certificate, key, roots: this.#roots.certificates, spiffeId };
  }

  get trustDomain(): string {
    return this.#roots.trustDomain;
  }

  /** When the present certificate ends. */
  get expires(): Date {
    return this.#leaf.expires;
  }

  /** Calls back when the certificate has expired (true; also now, if it has), and when a new one has come (false). */
  onExpiry(listener: (isExpired: boolean) => void): void {
    this.#expiryListeners.add(listener);
    if (this.#isExpired) listener(true);
  }

  /** Ends the renewal. The files stay: they are good until the certificate expires. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#expiry.stop();
    await this.#writing;
  }

  #keep(kept: Promise<void>): void {
    kept.catch((err) => {
      if (this.#stop.signal.aborted) return;
      this.#options.log.error({ err }, 'certificates are no longer renewed');
    });
  }

  async #keepRoots(rootSets: AsyncIterable<Roots>): Promise<void> {
    for await (const roots of rootSets) {
      const isRotated = roots.signedBy !== this.#roots.signedBy;
      this.#roots = roots;
      await this.#rewrite();
      if (isRotated) this.#renewal.rotated();
      this.#options.log.info({ isRotated }, 'roots renewed');
    }
  }

  async #keepLeaf(): Promise<void> {
    const { signal } = this.#stop;
    for (;;) {
      await this.#renewal.wait(signal);
      if (signal.aborted) return;
      const roots = this.#roots;
      const leaf = await renew(this.#options, roots, signal);
      this.#leaf = leaf;
      this.#renewal.renewed(leaf);
      // It may have been signed before that.
      if (this.#roots.signedBy !== roots.signedBy) this.#renewal.rotated();
      this.#expiry.follow(leaf);
      await this.#rewrite();
      const { spiffeId, expires } = leaf;
      this.#options.log.info({ spiffeId, expires }, 'certificate renewed');
    }
  }

  /** One after the other. A disk may be full for a while. */
  #rewrite(): Promise<void> {
    this.#writing = this.#writing.then(async () => {
      const { signal } = this.#stop;
      while (!signal.aborted) {
        try {
          await this.#write();
          return;
        } catch (err) {
          this.#options.log.error({ err }, 'certificates could not be written');
          await sleep(LONGEST_PAUSE_MS, undefined, { signal, ref: false }).catch(() => {});
        }
      }
    });
    return this.#writing;
  }

  async #write(): Promise<void> {
    const { certificate, key } = this.#leaf;
    const roots = this.#roots.certificates;
    const secrets = envoySecrets(certificate, key, roots);
    // Roots first: a peer's new certificate may already come from the new root.
    await writeFileAtomically(this.files.roots, roots);
    await writeFileAtomically(this.files.sdsRoots, secrets.roots);
    // A reader that falls between these two sees a pair that does not match; gRPC keeps what it has
    // and reads again after a second. Envoy reads the file that holds both.
    await writeFileAtomically(this.files.key, key);
    await writeFileAtomically(this.files.certificate, certificate);
    await writeFileAtomically(this.files.sds, secrets.identity);
  }
}

/**
 * A new key and certificate, as soon as Consul gives it.
 *
 * @throws ConsulError 403 for the first: a token does not become right by waiting. For a later one it may.
 * @throws when the signal aborts.
 */
async function renew(
  { consul, service, log }: IdentityOptions,
  { trustDomain }: Roots,
  signal: AbortSignal,
  { isFirst = false } = {},
): Promise<Leaf> {
  // Spread, since all that Consul has refused at its limit come again.
  const backoff = new Backoff({
    ...{ firstMs: FIRST_PAUSE_MS, longestMs: LONGEST_PAUSE_MS, isSpread: true },
  });
  for (;;) {
    try {
      return await requestLeaf(consul, service, trustDomain, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (isFirst && error instanceof ConsulError && error.statusCode === 403) throw error;
      const { retryMs, over } = backoff.pause(signal);
      log.warn({ reason: String(error), retryMs }, 'no certificate could be had from Consul');
      await over;
      signal.throwIfAborted();
    }
  }
}
