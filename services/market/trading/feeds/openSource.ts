import type { EgressPolicy } from '../../../kit/egress/EgressPolicy.ts';
import type { Log } from '../../../kit/Log.ts';
import type { TickSource } from '../../ticks/TickSource.ts';
import type { FileStore } from '../files/FileStore.ts';
import { ExchangeTicks } from '../sources/exchange/ExchangeTicks.ts';
import { FileTicks } from '../sources/file/FileTicks.ts';
import { GeneratorTicks } from '../sources/GeneratorTicks.ts';
import { SourceError } from '../sources/SourceError.ts';
import type { FeedReason } from './FeedReason.ts';
import type { FeedRecord } from './FeedRecord.ts';
import { fileSettingsOf } from './fileSettingsOf.ts';

/** What sources are made of besides what their feeds say. */
export interface SourceSurroundings {
  readonly files: FileStore;
  /** Where exchanges may be. */
  readonly egress: EgressPolicy;
  readonly log: Log;
}

/** The receiver has a part of these bars as ticks, under numbers that mean nothing any more. */
const sentAsTicks: TickSource = {
  // biome-ignore lint/correctness/useYield: there is nothing to give
  async *ticks() {
    throw new SourceError('its bars were sent as ticks', 'BARS_SENT_AS_TICKS');
  },
};

/** Makes the source of a feed's ticks. */
export function openSource(
  { id, source: { source }, facts, ticksPerSecond, isOfTickedBars }: FeedRecord,
  { files, egress, log }: SourceSurroundings,
  onProblem: (problem: FeedReason | undefined) => void,
): TickSource {
  switch (source?.$case) {
    case 'file':
      if (!facts) throw new SourceError('the file was never looked at');
      if (isOfTickedBars) return sentAsTicks;
      return new FileTicks(files.pathOf(source.value.fileId), fileSettingsOf(source.value), facts);
    case 'generator':
      return new GeneratorTicks(source.value, ticksPerSecond);
    case 'exchange':
      return new ExchangeTicks({ ...source.value, egress, log, onProblem });
    default:
      throw new SourceError(`feed ${id} has no source`);
  }
}
