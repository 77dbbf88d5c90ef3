import { errorInfo, RpcError, Status } from '@weft/mesh/runtime';
import { LoggingReason } from '../LoggingReason.ts';
import type { ReadLine } from '../lines/ReadLine.ts';
import type { Intake, Source } from './Intake.ts';

/**
 * Takes lines in.
 *
 * @throws RpcError UNAVAILABLE, reason LOG_INTAKE_FULL, when there is no room: the sender has them still.
 */
export async function takeIn(
  intake: Pick<Intake, 'take'>,
  source: Source,
  lines: readonly ReadLine[],
): Promise<void> {
  try {
    await intake.take(source, lines);
  } catch (cause) {
    throw new RpcError(Status.UNAVAILABLE, 'there is no room for lines now', {
      cause,
      details: [errorInfo(LoggingReason.LOG_INTAKE_FULL)],
    });
  }
}
