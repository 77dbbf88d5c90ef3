import type { BarBatch } from '@weft/proto/market/v1/market_data';
import { invalidArgument } from '../../../kit/invalidArgument.ts';
import { isExactMicros, microsFromTimestamp } from '../../../kit/time.ts';
import { MAX_SUMMABLE } from './checkBatch.ts';

const COLUMNS = {
  duration_us: 'durationUs',
  open: 'open',
  high: 'high',
  low: 'low',
  close: 'close',
  volume: 'volume',
} as const;

/**
 * Checks what the contract's field rules cannot express: that the columns fit each other, that a bar's prices do, and
 * that its figures can be summed.
 *
 * @throws RpcError INVALID_ARGUMENT that names the column and the bar.
 */
export function checkBars(batch: BarBatch): void {
  const { latestEndTime, startAgeUs, durationUs, open, high, low, close, volume } = batch;
  const count = startAgeUs.length;
  for (const [column, name] of Object.entries(COLUMNS)) {
    const { length } = batch[name];
    if (length !== count) {
      throw invalidArgument(
        `bars.${column}`,
        `has ${length} entries, but bars.start_age_us has ${count}: columns must have one length`,
      );
    }
  }
  if (latestEndTime === undefined) throw invalidArgument('bars.latest_end_time', 'is missing');
  const latestUs = microsFromTimestamp(latestEndTime);
  for (let i = 0; i < count; i++) {
    const [highest, lowest] = [high[i] as number, low[i] as number];
    for (const [name, price] of [
      ['open', open[i] as number],
      ['close', close[i] as number],
      ['low', lowest],
    ] as const) {
      // Written so that NaN fails too.
      if (!(price <= highest)) throw barError('high', i, `is below ${name}`);
      if (!(price >= lowest)) throw barError('low', i, `is above ${name}`);
    }
    if (!(highest * (volume[i] as number) <= MAX_SUMMABLE && highest <= MAX_SUMMABLE)) {
      throw barError('volume', i, 'times price is too large to be summed');
    }
    if (!((volume[i] as number) <= MAX_SUMMABLE)) {
      throw barError('volume', i, 'is too large to be summed');
    }
    if (!isExactMicros(latestUs - (startAgeUs[i] as number))) {
      throw barError('start_age_us', i, 'puts the bar before the year 1685');
    }
    if ((durationUs[i] as number) > (startAgeUs[i] as number)) {
      throw barError('duration_us', i, 'ends the bar after bars.latest_end_time');
    }
  }
  if (!Number.isSafeInteger(batch.firstSequence + count - 1)) {
    throw invalidArgument('bars.first_sequence', 'leads to sequence numbers above 2^53 - 1');
  }
}

function barError(column: string, index: number, description: string) {
  return invalidArgument(`bars.${column}[${index}]`, description);
}
