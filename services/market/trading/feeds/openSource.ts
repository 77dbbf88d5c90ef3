import type { Log } from '../../../kit/Log.ts';
import type { FileStore } from '../files/FileStore.ts';
import { ExchangeTicks } from '../sources/exchange/ExchangeTicks.ts';
import { FileTicks } from '../sources/file/FileTicks.ts';
import { GeneratorTicks } from '../sources/GeneratorTicks.ts';
import { SourceError, type TickSource } from '../sources/TickSource.ts';
import type { FeedRecord } from './FeedRecord.ts';

/** Makes the source of a feed's ticks. */
export function openSource(
  { id, source: { source }, facts, ticksPerSecond }: FeedRecord,
  files: FileStore,
  log: Log,
  onProblem: (problem: string | undefined) => void,
): TickSource {
  switch (source?.$case) {
    case 'file':
      if (!facts) throw new SourceError('the file was never looked at');
      return new FileTicks(files.pathOf(source.value.fileId), facts);
    case 'generator':
      return new GeneratorTicks(source.value, ticksPerSecond);
    case 'exchange':
      return new ExchangeTicks({ ...source.value, log, onProblem });
    default:
      throw new SourceError(`feed ${id} has no source`);
  }
}
