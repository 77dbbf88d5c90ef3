import type { DatabaseWatch } from '../../kit/database/DatabaseWatch.ts';
import { Dispatcher } from './dispatch/Dispatcher.ts';
import type { Notifications } from './Notifications.ts';
import { DUE_CHANNEL } from './notifications/announceDue.ts';
import { tidy } from './tidy.ts';

const TIDY_MS = 3_600_000;

/**
 * Starts what runs beside the methods: sending what is due, and removing what is too old.
 *
 * @returns how to end it.
 */
export function keepUp(
  notifications: Notifications,
  watch: DatabaseWatch | undefined,
): () => Promise<void> {
  const { log } = notifications;
  const stop = new AbortController();
  const dispatcher = new Dispatcher(notifications);
  const running = dispatcher.run(stop.signal);
  const forget = watch?.listen(DUE_CHANNEL, () => dispatcher.wake());
  const timer = setInterval(() => {
    tidy(notifications).catch((err) => log.warn({ err }, 'what is too old could not be removed'));
  }, TIDY_MS);
  return async () => {
    stop.abort();
    clearInterval(timer);
    forget?.();
    await running;
  };
}
