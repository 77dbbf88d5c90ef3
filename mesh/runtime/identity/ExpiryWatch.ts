import type { Logger } from 'pino';
import type { Leaf } from './Leaf.ts';

/**
 * A certificate is renewed before nine tenths of its life are over (see Renewal). One that is older should have been:
 * somebody has to look, while there is time.
 */
const WARN_AT = 0.9;

/** How often to warn, as a part of the certificate's life. */
const WARN_EVERY = 0.02;

/** Node's timers count no further than 24 days. */
const LONGEST_MS = 86_400_000;

export interface ExpiryWatchOptions {
  readonly log: Logger;
  /** Told when the certificate has expired, and when a new one has come. */
  readonly onChange: (isExpired: boolean) => void;
}

/** Raises the alarm when a certificate is not renewed in time. */
export class ExpiryWatch {
  readonly #options: ExpiryWatchOptions;
  #timer: NodeJS.Timeout | undefined;
  #isExpired = false;

  constructor(options: ExpiryWatchOptions) {
    this.#options = options;
  }

  /** Watches this certificate from now on, instead of the one before. */
  follow(leaf: Pick<Leaf, 'issued' | 'expires'>): void {
    this.stop();
    const expires = leaf.expires.getTime();
    const life = expires - leaf.issued.getTime();
    const look = () => {
      const now = Date.now();
      const warnAt = expires - life * (1 - WARN_AT);
      this.#judge(now, warnAt, leaf);
      if (now >= expires) return;
      const next = now < warnAt ? warnAt : Math.min(now + life * WARN_EVERY, expires);
      this.#timer = setTimeout(look, Math.min(next - now, LONGEST_MS)).unref();
    };
    look();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #judge(now: number, warnAt: number, { expires }: Pick<Leaf, 'expires'>): void {
    const { log, onChange } = this.#options;
    const isExpired = now >= expires.getTime();
    const seconds = Math.round((expires.getTime() - now) / 1_000);
    if (isExpired) log.error({ expires }, 'the certificate has expired: nobody can be called');
    else if (now >= warnAt)
      log.warn({ expires, seconds }, 'the certificate was not renewed in time');
    if (isExpired === this.#isExpired) return;
    this.#isExpired = isExpired;
    onChange(isExpired);
  }
}
