import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const WAIT_MS = 60_000;

/** A client of the edge that behaves, from an address of its own, all the while that others do not. */
export class Guest {
  /** HTTP statuses; 0 for a call that got no answer. */
  readonly answers: number[] = [];
  slowestMs = 0;
  readonly #url: string;
  #isOver = false;
  readonly #done: Promise<void>;

  /** @param url Base URL of the edge. */
  constructor(url: string) {
    this.#url = url;
    this.#done = this.#ask();
  }

  async leave(): Promise<void> {
    this.#isOver = true;
    await this.#done;
  }

  async #ask(): Promise<void> {
    while (!this.#isOver) {
      const started = performance.now();
      this.answers.push(await this.#once());
      this.slowestMs = Math.max(this.slowestMs, performance.now() - started);
      await sleep(50);
    }
  }

  #once(): Promise<number> {
    return new Promise((resolve) => {
      const options = { localAddress: '127.0.0.2', timeout: WAIT_MS };
      const request = get(`${this.#url}/v1/assets/A/summary`, options, (response) => {
        response.resume().on('end', () => resolve(response.statusCode ?? 0));
      });
      request.on('timeout', () => request.destroy()).on('error', () => resolve(0));
    });
  }
}
