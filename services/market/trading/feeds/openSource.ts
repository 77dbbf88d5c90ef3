import type { EgressPolicy } from '../../../kit/egress/EgressPolicy.ts';
import type { Log } from '../../../kit/Log.ts';
import type { FileStore } from '../files/FileStore.ts';
import { ExchangeTicks } from '../sources/exchange/ExchangeTicks.ts';
import { FileTicks } from '../sources/file/FileTicks.ts';
import { GeneratorTicks } from '../sources/GeneratorTicks.ts';
import { SourceError, type TickSource } from '../sources/TickSource.ts';
import type { FeedReason } from './FeedReason.ts';
import type { FeedRecord } from './FeedRecord.ts';

/** What sources are made of besides what their feeds say. */
export interface SourceSurroundings {
  readonly files: FileStore;
  /** Where exchanges may be. */
  readonly egress: EgressPolicy;
  readonly log: Log;
}

/** Makes the source of a feed's ticks. */
export function openSource(
  { id, source: { source }, facts, ticksPerSecond }: FeedRecord,
  { files, egress, log }: SourceSurroundings,
  onProblem: (problem: FeedReason | undefined) => void,
): TickSource {
  switch (source?.$case) {
    case 'file':
      if (!facts) throw new SourceError('the file was never looked at');
      return new FileTicks(files.pathOf(source.value.fileId), facts);
    case 'generator':
      return new GeneratorTicks(source.value, ticksPerSecond);
    case 'exchange':
      return new ExchangeTicks({ ...source.value, egress, log, onProblem });
    default:
      throw new SourceError(`feed ${id} has no source`);
  }
}
