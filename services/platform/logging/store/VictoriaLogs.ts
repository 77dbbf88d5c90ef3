import type { StoredLine } from '../lines/StoredLine.ts';
import { type Answered, ask } from './ask.ts';

const TIMEOUT_MS = 15_000;
/** Two that start as far apart do so in different seconds, whatever is rounded. */
const SURELY_ANOTHER_S = 2;

export interface VictoriaLogsOptions {
  /** With the name of a user where it asks for one. */
  readonly url: string;
  /** That user's. */
  readonly password?: string;
}

/** A line as a query answers it: all values are texts. */
export type FoundLine = Readonly<Record<string, string>> &
  Readonly<Record<'position' | '_time' | '_msg' | 'service' | 'level', string>>;

/** What a query has found. */
export interface Found extends Pick<Answered, 'connection'> {
  readonly lines: readonly FoundLine[];
}

/** It does not answer, or not as it should. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
}

/**
 * VictoriaLogs by its HTTP interface.
 *
 * @see https://docs.victoriametrics.com/victorialogs/querying/
 */
export class VictoriaLogs {
  readonly #base: URL;
  readonly #headers: Record<string, string>;

  constructor({ url, password = '' }: VictoriaLogsOptions) {
    const base = new URL(url);
    const user = decodeURIComponent(base.username);
    this.#headers = user
      ? { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` }
      : {};
    base.username = '';
    base.password = '';
    this.#base = base;
  }

  /**
   * Writes lines: JSON lines as the journal has them.
   *
   * @throws StoreError when it cannot be known that they have arrived.
   */
  async insert(lines: Buffer): Promise<void> {
    const parameters = new URLSearchParams({
      _stream_fields: 'service,instance' satisfies `${keyof StoredLine},${keyof StoredLine}`,
      _time_field: '_time',
      _msg_field: '_msg',
    });
    await this.#ask(`/insert/jsonline?${parameters}`, lines);
  }

  /** Makes what has been written visible to queries. */
  async flush(): Promise<void> {
    await this.#ask('/internal/force_flush');
  }

  /** What a query in LogsQL finds. Values come into it by `quoted` alone. */
  async query(query: string): Promise<Found> {
    const body = new URLSearchParams({ query });
    const { text, connection } = await this.#ask('/select/logsql/query', body);
    const lines = text.split('\n').filter((line) => line !== '');
    return { lines: lines.map((line) => JSON.parse(line) as FoundLine), connection };
  }

  /** Has lines deleted, some time from now. @param filter In LogsQL. */
  async delete(filter: string): Promise<void> {
    await this.#ask('/delete/run_task', new URLSearchParams({ filter }));
  }

  /**
   * When its process started, in whole seconds since the epoch, which is all that it says: another one has lost what was not
   * on the disk.
   *
   * @returns undefined in its first seconds, as long as another one could still come to have the same.
   */
  async startTime(): Promise<number | undefined> {
    const { text: metrics } = await this.#ask('/metrics');
    const secondsOf = (name: string) => {
      const [, seconds] = new RegExp(`^${name} (\\d+)$`, 'm').exec(metrics) ?? [];
      if (seconds === undefined) throw new StoreError(`VictoriaLogs does not say its ${name}`);
      return Number(seconds);
    };
    const isAlone = secondsOf('vm_app_uptime_seconds') >= SURELY_ANOTHER_S;
    return isAlone ? secondsOf('vm_app_start_timestamp') : undefined;
  }

  async #ask(path: string, body?: Buffer | URLSearchParams): Promise<Answered> {
    let answered: Answered;
    try {
      answered = await ask(new URL(path, this.#base), {
        ...{ headers: this.#headers, timeoutMs: TIMEOUT_MS },
        ...(body && { body }),
      });
    } catch (cause) {
      throw new StoreError('VictoriaLogs does not answer', { cause });
    }
    const { status, text } = answered;
    if (status >= 200 && status < 300) return answered;
    throw new StoreError(`VictoriaLogs answers ${status}: ${text.slice(0, 300)}`);
  }
}
