import { CHANNELS } from '../notifications/channelNames.ts';
import type { ClaimedNotification, Room } from './claim.ts';

/** Of each channel, that a process sends at the same time. */
const AT_ONCE = 8;

/**
 * What a process is sending, by channels: one whose other side hangs keeps none of the others waiting, nor does an endpoint
 * keep others of its channel waiting.
 */
export class Lanes {
  readonly #running = new Map<Promise<void>, ClaimedNotification>();

  room(): Room {
    const free = new Map(CHANNELS.map((channel) => [channel, AT_ONCE]));
    const busyEndpoints: string[] = [];
    for (const { channels, channel, endpoint_id: endpointId } of this.#running.values()) {
      const name = channels[channel] ?? '';
      free.set(name, (free.get(name) ?? 0) - 1);
      if (endpointId !== null) busyEndpoints.push(endpointId);
    }
    return { free, busyEndpoints };
  }

  /** @param delivery Rejects never. */
  add(notification: ClaimedNotification, delivery: Promise<void>): void {
    this.#running.set(delivery, notification);
    delivery.finally(() => this.#running.delete(delivery));
  }

  /** All that runs has ended. */
  async empty(): Promise<void> {
    await Promise.all(this.#running.keys());
  }
}
