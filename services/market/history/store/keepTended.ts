import type { KitContext } from '../../../kit/defineService.ts';
import type { Config } from '../config.ts';
import type { DB } from '../database.ts';
import { tendPartitions } from './tendPartitions.ts';

/** A market's clock may run a thousand times as fast as the real one. */
const EVERY_MS = 30_000;

/** Tends the tables now and then, until the service stops. */
export function keepTended({
  database,
  config,
  clock,
  log,
  onStop,
}: Pick<KitContext<Config, DB>, 'database' | 'config' | 'clock' | 'log' | 'onStop'>): void {
  let tending = Promise.resolve();
  const tend = async () => {
    try {
      const removed = await tendPartitions(database, {
        retentionUs: config.retentionUs,
        nowUs: clock.now().getTime() * 1_000,
      });
      if (removed.length > 0) log.info({ weeks: removed }, 'chains that were too old are removed');
    } catch (err) {
      log.warn({ err }, 'tables could not be tended');
    }
  };
  const timer = setInterval(() => {
    tending = tending.then(tend);
  }, EVERY_MS);
  timer.unref();
  tending = tend();
  onStop(async () => {
    clearInterval(timer);
    await tending;
  });
}
