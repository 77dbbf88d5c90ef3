import { setTimeout as sleep } from 'node:timers/promises';
import { Backoff } from '@weft/mesh/runtime';
import pg from 'pg';
import type { Log } from '../Log.ts';
import { describeDatabaseError } from './describeDatabaseError.ts';

export interface DatabaseWatchOptions {
  /** `postgresql://user:password@host:port/database`. */
  readonly url: string;
  /** Names the client in PostgreSQL's own lists. */
  readonly applicationName: string;
  readonly log: Log;
  /** Told why the database cannot be used, and with undefined that it can be again. */
  readonly onChange: (reason: string | undefined) => void;
}

const PING_EVERY_MS = 2_000;
/**
 * Hears a NOTIFY.
 *
 * @param payload What was sent along; undefined: the connection has been away, and something may have been missed.
 */
export type Listener = (payload: string | undefined) => void;

/** A statement that does nothing, on a connection that nobody else uses. */
const PING_TIMEOUT_MS = 3_000;
const CONNECT_TIMEOUT_MS = 5_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;

/**
 * One connection beside the pool: it knows at once when the server is gone, hears what others NOTIFY, and comes back by
 * itself. A connection that breaks is made anew before anybody is told, so that a restart of one backend is no outage.
 */
export class DatabaseWatch {
  readonly #options: DatabaseWatchOptions;
  readonly #stop = new AbortController();
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #done: Promise<void>;
  #client: pg.Client | undefined;
  #reason: string | undefined;

  constructor(options: DatabaseWatchOptions) {
    this.#options = options;
    this.#done = this.#run();
  }

  /**
   * Calls back when somebody has sent NOTIFY on a channel, and after each time that the connection has been away, when it
   * may have missed something.
   *
   * @param channel A name of letters, digits and _.
   * @returns how to end it.
   */
  listen(channel: string, listener: Listener): () => void {
    const known = this.#listeners.get(channel);
    const listeners = known ?? new Set();
    this.#listeners.set(channel, listeners.add(listener));
    // Where it fails the connection has broken, and the next one listens to all.
    if (!known) this.#client?.query(`listen "${channel}"`).catch(() => {});
    return () => listeners.delete(listener);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    const backoff = new Backoff({ firstMs: FIRST_PAUSE_MS, longestMs: LONGEST_PAUSE_MS });
    while (!signal.aborted) {
      try {
        await this.#connectAndHold(() => backoff.reset());
      } catch (error) {
        if (signal.aborted) return;
        // The first failure after a good time only ends the connection.
        if (error instanceof BrokenConnection) continue;
        const { url } = this.#options;
        this.#report(`the database cannot be reached: ${describeDatabaseError(error, url)}`);
        await backoff.pause(signal).over;
      }
    }
  }

  /** @throws BrokenConnection when a connection that was good is no more; what connecting throws. */
  async #connectAndHold(connected: () => void): Promise<void> {
    const { signal } = this.#stop;
    const client = new pg.Client({
      connectionString: this.#options.url,
      application_name: this.#options.applicationName,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: PING_TIMEOUT_MS,
      keepAlive: true,
    });
    const broken = new AbortController();
    const cut = () => broken.abort();
    signal.addEventListener('abort', cut, { once: true });
    client.on('error', cut);
    client.on('end', cut);
    client.on('notification', ({ channel, payload }) => this.#notify(channel, payload ?? ''));
    try {
      await client.connect();
      for (const channel of this.#listeners.keys()) await client.query(`listen "${channel}"`);
      this.#client = client;
      connected();
      this.#report(undefined);
      for (const channel of this.#listeners.keys()) this.#notify(channel, undefined);
      try {
        while (!broken.signal.aborted) {
          await sleep(PING_EVERY_MS, undefined, { signal: broken.signal }).catch(() => {});
          if (!broken.signal.aborted) await client.query('select');
        }
      } catch {
        // Told by what follows.
      }
      throw new BrokenConnection();
    } finally {
      this.#client = undefined;
      signal.removeEventListener('abort', cut);
      // Not awaited: a server that is frozen answers no goodbye.
      client.end().catch(() => {});
    }
  }

  #notify(channel: string, payload: string | undefined): void {
    for (const listener of this.#listeners.get(channel) ?? []) listener(payload);
  }

  #report(reason: string | undefined): void {
    if (reason === this.#reason) return;
    const { log, onChange } = this.#options;
    if (reason !== undefined) log.warn({}, reason);
    else if (this.#reason !== undefined) log.info({}, 'the database can be reached again');
    this.#reason = reason;
    onChange(reason);
  }
}

class BrokenConnection extends Error {}
