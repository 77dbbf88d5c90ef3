import { Wake } from '../../../kit/Wake.ts';
import type { Notifications } from '../Notifications.ts';
import { type ClaimedNotification, claimDue } from './claim.ts';
import { deliver } from './deliver.ts';
import { Lanes } from './Lanes.ts';

/** What is due later, and what another process has left, is looked for that often. */
const WAIT_MS = 1_000;

/** Sends what is due, until it is stopped. Each instance runs one: a notification is at one of them at a time. */
export class Dispatcher {
  readonly #notifications: Notifications;
  readonly #wake = new Wake();
  readonly #lanes = new Lanes();

  constructor(notifications: Notifications) {
    this.#notifications = notifications;
  }

  /** Something is due. */
  wake(): void {
    this.#wake.call();
  }

  /** @returns once all that was begun has ended. */
  async run(signal: AbortSignal): Promise<void> {
    const { database, clock, log } = this.#notifications;
    while (!signal.aborted) {
      const woken = this.#wake.next(WAIT_MS, signal);
      const room = this.#lanes.room();
      const claimed = await claimDue(database, clock.now(), room).catch((err) => {
        log.warn({ err }, 'what is due could not be read');
        return [];
      });
      for (const notification of claimed) this.#begin(notification);
      if (claimed.length === 0) await woken;
    }
    await this.#lanes.empty();
  }

  #begin(notification: ClaimedNotification): void {
    const { log } = this.#notifications;
    const delivery = deliver(this.#notifications, notification)
      // Its claim runs out, and it is tried again.
      .catch((err) =>
        log.error({ err, notification: notification.id }, 'nothing could be written'),
      );
    this.#lanes.add(notification, delivery);
    void delivery.then(() => this.wake());
  }
}
