import type { TickBatch } from '@weft/proto/market/v1/market_data';
import { invalidArgument } from '../../../kit/invalidArgument.ts';
import { isExactMicros, microsFromTimestamp } from '../../../kit/time.ts';

/** Sums of 10^58 ticks of this size still fit a double, so that no tick can spoil an asset's totals. */
export const MAX_SUMMABLE = 1e250;

/**
 * Checks what the contract's field rules cannot express: that the columns fit each other and that
 * their figures can be summed.
 *
 * @throws RpcError INVALID_ARGUMENT that names the column and the tick.
 */
export function checkBatch(batch: TickBatch): void {
  const { symbols, symbolIndex, price, size, ageUs, sequenceStep, firstSequence } = batch;
  const count = symbolIndex.length;
  checkLength('price', price.length, count);
  checkLength('size', size.length, count);
  checkLength('age_us', ageUs.length, count);
  if (sequenceStep.length > 0) checkLength('sequence_step', sequenceStep.length, count);
  if (batch.latestEventTime === undefined) {
    throw invalidArgument('batch.latest_event_time', 'is missing');
  }

  const latestUs = microsFromTimestamp(batch.latestEventTime);
  for (let i = 0; i < count; i++) {
    if ((symbolIndex[i] as number) >= symbols.length) {
      throw tickError('symbol_index', i, `there are only ${symbols.length} symbols`);
    }
    // Written so that NaN fails too.
    if (!((price[i] as number) * (size[i] as number) <= MAX_SUMMABLE)) {
      throw tickError('price', i, 'times size is too large to be summed');
    }
    if (!((size[i] as number) <= MAX_SUMMABLE)) {
      throw tickError('size', i, 'is too large to be summed');
    }
    if (!isExactMicros(latestUs - (ageUs[i] as number))) {
      throw tickError('age_us', i, 'puts the event before the year 1685');
    }
  }
  checkSequence(firstSequence, sequenceStep, count);
}

function checkSequence(first: number, steps: readonly number[], count: number): void {
  let last = first;
  if (steps.length === 0) {
    last += count - 1;
  } else {
    if (steps[0] !== 0) throw tickError('sequence_step', 0, 'must be 0');
    for (let i = 1; i < steps.length; i++) {
      if ((steps[i] as number) < 1) throw tickError('sequence_step', i, 'must be at least 1');
      last += steps[i] as number;
    }
  }
  if (!Number.isSafeInteger(last)) {
    throw invalidArgument('batch.first_sequence', 'leads to sequence numbers above 2^53 - 1');
  }
}

function checkLength(column: string, length: number, expected: number): void {
  if (length === expected) return;
  throw invalidArgument(
    `batch.${column}`,
    `has ${length} entries, but batch.symbol_index has ${expected}: columns must have one length`,
  );
}

function tickError(column: string, index: number, description: string) {
  return invalidArgument(`batch.${column}[${index}]`, description);
}
