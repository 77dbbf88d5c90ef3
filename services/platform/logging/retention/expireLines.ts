import type { Log } from '../../../kit/Log.ts';
import { quoted } from '../store/logsQl.ts';
import type { VictoriaLogs } from '../store/VictoriaLogs.ts';
import type { Retention } from './Retention.ts';

/** VictoriaLogs rewrites what it deletes from: not too often. */
const EVERY_MS = 6 * 3_600_000;

/**
 * Has lines deleted that are older than their services' are kept, now and then. What is older than all are kept the store forgets by
 * itself.
 *
 * @returns how to end it.
 */
export function expireLines(
  { shorter }: Pick<Retention, 'shorter'>,
  store: Pick<VictoriaLogs, 'delete'>,
  log: Log,
): () => void {
  const expire = async () => {
    for (const [service, kept] of shorter) {
      const before = new Date(Date.now() - kept).toISOString();
      await store.delete(`_time:<${before} {service=${quoted(service)}}`);
    }
  };
  const attempt = () =>
    void expire().catch((err) => log.warn({ err }, 'lines that are too old could not be deleted'));
  attempt();
  const timer = setInterval(attempt, EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}
