import { BadRows, type Feed, type FeedSource, FeedState } from '@weft/proto/market/v1/trading';
import { barLengthOf } from '../../bars/barLength.ts';
import { redactUrl } from '../sources/exchange/redactUrl.ts';
import { describeReason } from './FeedReason.ts';
import type { FeedRecord, StoredState } from './FeedRecord.ts';
import type { Progress } from './FeedRun.ts';

const STATES: Readonly<Record<StoredState, FeedState>> = {
  running: FeedState.RUNNING,
  finished: FeedState.FINISHED,
  stopped: FeedState.STOPPED,
  failed: FeedState.FAILED,
};

/** A feed as the contract shows it. `progress` is that of its run, or of its last one in this process. */
export function feedOf(record: FeedRecord, progress: Progress | undefined): Feed {
  const { id, source, ticksPerSecond, state, createTime, facts } = record;
  const runs = state === 'running';
  const knownBars = (runs ? progress?.knownBars : undefined) ?? record.knownBars;
  const problem = runs ? progress?.problem : undefined;
  const reason = problem ?? record.reason;
  const skips = source.source?.$case === 'file' && source.source.value.badRows === BadRows.SKIP;
  return {
    feedId: String(id),
    source: shown(source),
    ticksPerSecond,
    state: problem === undefined ? STATES[state] : FeedState.WAITING,
    sentCount: progress?.sent ?? 0,
    acknowledgedSequence: (runs ? progress?.acknowledged : undefined) ?? record.acknowledged,
    totalCount: facts?.rowCount ?? limitOf(source),
    skippedRowCount: skips ? (facts?.badRowCount ?? 0) : 0,
    skippedRows: skips ? [...(facts?.badRows ?? [])] : [],
    reason,
    message: describeReason(reason),
    createTime,
    barLength: facts && facts.barLengthUs > 0 ? barLengthOf(facts.barLengthUs) : undefined,
    ...(knownBars.repeated > 0 && { repeatedBarCount: knownBars.repeated }),
    ...(knownBars.corrected > 0 && { correctedBarCount: knownBars.corrected }),
  };
}

/** Without what may hold a secret. */
function shown({ source }: FeedSource): FeedSource {
  if (source?.$case !== 'exchange') return { source };
  const url = redactUrl(source.value.url);
  return { source: { $case: 'exchange', value: { ...source.value, url } } };
}

function limitOf({ source }: FeedSource): number {
  return source?.$case === 'generator' ? source.value.limit : 0;
}
