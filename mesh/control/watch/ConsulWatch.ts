import { setTimeout as sleep } from 'node:timers/promises';
import pRetry from 'p-retry';
import type { Logger } from 'pino';
import type { ConsulClient } from '../../consul/index.ts';
import { AnswerError } from './AnswerError.ts';
import { HotLoopGuard } from './HotLoopGuard.ts';

export interface ConsulWatchOptions<T> {
  readonly client: ConsulClient;
  /** Below `/v1`, such as "/catalog/services". */
  readonly path: string;
  /** The path is a folder of the KV store: its keys are asked for. Default: false. */
  readonly recurse?: boolean;
  /** In Consul's filter language. Default: none. */
  readonly filter?: string;
  /** Makes the value of an answer. `last` is the value of the answer before. @throws AnswerError */
  parse(answer: unknown, last: T | undefined): T;
  /** Called after every answer that was accepted, also when nothing differs. */
  accepted(value: T, last: T | undefined): void;
  /** Called after every attempt, with what was wrong with it. */
  attempted?(error: Error | undefined): void;
  readonly log: Logger;
  /** How long Consul may hold a query. Default: 60 s. */
  readonly waitSeconds?: number;
  /** For an endpoint that knows no blocking queries: ask again after so long. */
  readonly everySeconds?: number;
  /** Longest pause between attempts. Default: 3 s. */
  readonly maxBackoffMs?: number;
  /** How long Consul must hold to a lower index before it is believed. Default: 10 s. */
  readonly doubtMs?: number;
}

/** How a watch fares. */
export interface WatchStatus {
  readonly path: string;
  /** X-Consul-Index of the last answer; undefined: the next query does not block. */
  readonly index: string | undefined;
  readonly answeredAt: Date | undefined;
  /** Attempts that failed since the last good answer. */
  readonly failures: number;
  readonly lastError: string | undefined;
}

/**
 * Keeps one answer of Consul up to date by blocking queries.
 *
 * An answer that fails or cannot be read changes nothing: the value stays what it was, and Consul is
 * asked again, with growing pauses. The rules for the index are those of
 * https://developer.hashicorp.com/consul/api-docs/features/blocking; but an answer from an earlier time
 * (a snapshot restored, or a Consul that has lost its data) is believed only when it lasts, for the
 * instances of such a Consul register anew within seconds.
 */
export class ConsulWatch<T> {
  readonly #options: ConsulWatchOptions<T>;
  readonly #stopped = new AbortController();
  readonly #guard = new HotLoopGuard();
  readonly #running: Promise<void>;
  #value: T | undefined;
  /** For the next query; undefined: one that does not block. */
  #index: string | undefined;
  /** Of the answer that the value is from. */
  #acceptedIndex: string | undefined;
  #doubtedSince: number | undefined;
  #answeredAt: Date | undefined;
  #failures = 0;
  #lastError: string | undefined;

  constructor(options: ConsulWatchOptions<T>) {
    this.#options = options;
    this.#running = this.#run();
  }

  /** The last good value; undefined before the first. */
  get value(): T | undefined {
    return this.#value;
  }

  get status(): WatchStatus {
    const { path, filter } = this.#options;
    return {
      path: filter ? `${path}?filter=${filter}` : path,
      index: this.#index,
      answeredAt: this.#answeredAt,
      failures: this.#failures,
      lastError: this.#lastError,
    };
  }

  /** Ends the query under way. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopped;
    const { everySeconds } = this.#options;
    try {
      for (;;) {
        if (this.#value !== undefined && everySeconds) {
          await sleep(everySeconds * 1_000, undefined, { signal });
        }
        await pRetry(() => this.#ask(signal), {
          retries: Number.POSITIVE_INFINITY,
          minTimeout: 100,
          maxTimeout: this.#options.maxBackoffMs ?? 3_000,
          factor: 2,
          randomize: true,
          signal,
          onFailedAttempt: ({ error }) => this.#failed(error),
        });
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  async #ask(signal: AbortSignal): Promise<void> {
    await this.#guard.pass(signal);
    const {
      client,
      path,
      filter,
      parse,
      accepted,
      attempted,
      waitSeconds = 60,
      everySeconds,
      recurse = false,
    } = this.#options;
    const asked = everySeconds ? undefined : this.#index;
    const answer = await client.read<unknown>(path, {
      ...(asked === undefined ? {} : { index: asked }),
      ...(filter ? { filter } : {}),
      waitSeconds,
      recurse,
      signal,
    });
    const index = readIndex(answer.index);
    this.#doubt(index);
    const last = this.#value;
    const value = parse(answer.value, last);
    this.#value = value;
    this.#index = index;
    this.#acceptedIndex = index;
    this.#answeredAt = new Date();
    if (this.#failures > 0) {
      this.#options.log.info({ path, failures: this.#failures }, 'Consul answers again');
    }
    this.#failures = 0;
    this.#lastError = undefined;
    attempted?.(undefined);
    accepted(value, last);
  }

  /** @throws AnswerError when the index is that of an earlier time, and has not been so for long. */
  #doubt(index: string): void {
    const accepted = this.#acceptedIndex ?? '0';
    if (BigInt(index) >= BigInt(accepted)) {
      this.#doubtedSince = undefined;
      return;
    }
    this.#doubtedSince ??= performance.now();
    const seconds = (this.#options.doubtMs ?? 10_000) / 1_000;
    if ((performance.now() - this.#doubtedSince) / 1_000 < seconds) {
      throw new AnswerError(
        `index went back from ${accepted} to ${index}: doubted for ${seconds} s`,
      );
    }
    this.#doubtedSince = undefined;
  }

  /** The next query does not block: a Consul that came back with a lower index would hold it. */
  #failed(error: Error): void {
    if (this.#stopped.signal.aborted) return;
    const { log, path, attempted } = this.#options;
    this.#index = undefined;
    this.#failures += 1;
    if (error.message !== this.#lastError) {
      log.warn(
        { path, err: error },
        'an answer of Consul is missing or unusable; keeping the last',
      );
    }
    this.#lastError = error.message;
    attempted?.(error);
  }
}

/** Consul counts from 1; a lower index would not block. */
function readIndex(index: string): string {
  if (!/^\d{1,20}$/.test(index)) throw new AnswerError(`X-Consul-Index is no number: ${index}`);
  return index === '0' ? '1' : index;
}
