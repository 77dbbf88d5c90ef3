import { mkdir } from 'node:fs/promises';
import type { ConsulClient } from '@weft/mesh/consul';
import type { Logger } from 'pino';
import { type Leaf, type Roots, readLeaf, readRoots } from './answers.ts';
import { ExpiryWatch } from './ExpiryWatch.ts';
import { envoySecrets } from './envoySecrets.ts';
import { followConsul } from './followConsul.ts';
import type { IdentityFiles } from './identityFiles.ts';
import { writeFileAtomically } from './writeFileAtomically.ts';

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
 * What proves who this process is: the leaf certificate, its key, and the roots, from the Consul agent
 * into files that gRPC and Envoy watch. Consul issues the next leaf long before the last one expires;
 * it is written as soon as it is there, and so is a new root.
 */
export class Identity {
  readonly files: IdentityFiles;
  readonly #log: Logger;
  readonly #stop = new AbortController();
  readonly #expiry: ExpiryWatch;
  readonly #expiryListeners = new Set<(isExpired: boolean) => void>();
  #isExpired = false;
  #leaf: Leaf;
  #roots: Roots;
  #writing: Promise<void> = Promise.resolve();

  private constructor(options: IdentityOptions, leaf: Leaf, roots: Roots) {
    this.files = options.files;
    this.#log = options.log;
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
  }

  /**
   * Fetches the certificates and writes the files; from then on, keeps them fresh until stop().
   * While the agent cannot be reached it is asked again and again, with a warning each time.
   *
   * @throws ConsulError 403 when the token may not have this service's certificate.
   * @throws the reason of `signal`.
   */
  static async start(options: IdentityOptions): Promise<Identity> {
    const { consul, service, files, log, signal } = options;
    const stop = new AbortController();
    const abort = () => stop.abort(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    const follow = <T>(path: string, parse: (answer: unknown) => T) =>
      followConsul(consul, path, {
        signal: stop.signal,
        parse,
        onFailure: (error, retryMs) =>
          log.warn(
            { reason: String(error), retryMs },
            'certificates could not be read from Consul',
          ),
      });
    const leaves = follow(`/agent/connect/ca/leaf/${encodeURIComponent(service)}`, readLeaf);
    const rootSets = follow('/agent/connect/ca/roots', readRoots);
    try {
      signal?.throwIfAborted();
      const [leaf, roots] = await Promise.all([leaves.next(), rootSets.next()]);
      if (leaf.done || roots.done) throw signal?.reason ?? new Error('stopped');
      const identity = new Identity(options, leaf.value, roots.value);
      identity.#stop.signal.addEventListener('abort', () => stop.abort());
      await mkdir(files.directory, { recursive: true, mode: 0o700 });
      await identity.#write();
      identity.#keep(leaves, (next) => {
        identity.#leaf = next;
        identity.#expiry.follow(next);
      });
      identity.#keep(rootSets, (next) => {
        identity.#roots = next;
      });
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

  #keep<T>(values: AsyncIterable<T>, take: (value: T) => void): void {
    const run = async () => {
      for await (const value of values) {
        take(value);
        this.#writing = this.#writing.then(() => this.#write());
        await this.#writing;
        this.#log.info({ spiffeId: this.spiffeId, expires: this.expires }, 'certificates renewed');
      }
    };
    run().catch((err) => this.#log.error({ err }, 'certificates are no longer renewed'));
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
