import type { Leaf } from './Leaf.ts';

/** The part of what is left of a certificate's life after which it is renewed: at random, between these. */
const RENEW_FROM = 0.6;
const RENEW_TO = 0.8;

/** Where the clocks of Consul and of this host are far apart, a certificate may seem to have no time left. */
const LEAST_MS = 10_000;

/**
 * After a change of the key that signs, certificates are renewed at random between these: first every process is to
 * know the new root, and Consul signs no more than `csr_max_per_second` (50). Its agents spread theirs over half a minute,
 * too.
 */
const ROTATE_FROM_MS = 5_000;
const ROTATE_TO_MS = 35_000;

/** A timer does not count the time that a machine sleeps, so the clock is looked at now and then. */
const LOOK_EVERY_MS = 60_000;

/** When the certificate is to be renewed: well before it expires, and soon after the key that signs has changed. */
export class Renewal {
  #due = Number.POSITIVE_INFINITY;
  /** Ends the present pause of wait(). */
  #wake: () => void = () => {};

  /** There is a new certificate. */
  renewed({ expires }: Pick<Leaf, 'expires'>): void {
    const left = (expires.getTime() - Date.now()) * between(RENEW_FROM, RENEW_TO);
    this.#due = Date.now() + Math.max(left, LEAST_MS);
  }

  /** Another key signs. */
  rotated(): void {
    const due = Date.now() + between(ROTATE_FROM_MS, ROTATE_TO_MS);
    if (due > this.#due) return;
    this.#due = due;
    this.#wake();
  }

  /** Resolves when it is time, or when the signal aborts. */
  async wait(signal: AbortSignal): Promise<void> {
    const stop = () => this.#wake();
    signal.addEventListener('abort', stop, { once: true });
    while (!signal.aborted && Date.now() < this.#due) {
      const ms = Math.min(this.#due - Date.now(), LOOK_EVERY_MS);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms).unref();
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    signal.removeEventListener('abort', stop);
  }
}

function between(least: number, most: number): number {
  return least + Math.random() * (most - least);
}
