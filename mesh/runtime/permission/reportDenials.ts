import type { Logger } from 'pino';
import { peerOf } from '../server/Peer.ts';
import type { CallMetrics } from '../telemetry/CallMetrics.ts';
import { readTraceParent } from '../telemetry/traceParent.ts';
import { DenialLog } from './DenialLog.ts';
import { type Denial, denials } from './rbacFilter.ts';

/**
 * Counts denied calls like any others, and writes them into the log with the caller and the intention that
 * decided.
 *
 * @returns what ends it.
 */
export function reportDenials(environment: {
  readonly log: Logger;
  readonly metrics: CallMetrics;
}): () => void {
  const { log, metrics } = environment;
  const lines = new DenialLog(log);
  const report = ({ method, metadata, auth, rule }: Denial) => {
    const label = method.slice(1);
    metrics.serverStarted(label);
    metrics.serverEnded(label, 'PERMISSION_DENIED', 0);
    const peer = peerOf(auth);
    lines.write({
      method: label,
      peer: peer?.service,
      spiffeId: peer?.spiffeId,
      rule: rule ?? 'no intention allows it',
      traceId: readTraceParent(metadata)?.traceId,
    });
  };
  denials.on('denial', report);
  return () => denials.off('denial', report);
}
