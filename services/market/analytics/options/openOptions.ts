import { type Implementation, implement } from '@weft/mesh/runtime';
import { OptionAnalyticsServiceDefinition } from '@weft/proto/market/v1/option_analytics';
import { AlertServiceDefinition } from '@weft/proto/market/v1/price_alert';
import type { KitContext } from '../../../kit/defineService.ts';
import { ThreadPool } from '../../../kit/threads/ThreadPool.ts';
import type { DB } from '../database.ts';
import { alertService } from './alerts/alertService.ts';
import { Analyses } from './analysis/Analyses.ts';
import type { ChainAnalysis } from './analysis/analyseChain.ts';
import { optionAnalytics } from './optionAnalytics.ts';

type Context = Pick<KitContext<unknown, DB>, 'reads' | 'contracts' | 'clock' | 'onStop'>;

/** Of its heap, in megabytes. */
const MOST_HEAP_MB = 128;

/** Curves are searched for by computing: ticks do not wait for that. The thread is there from the first chain on that is asked about. */
export function openThread(): ThreadPool<Uint8Array, ChainAnalysis> {
  const script = new URL('analysis/runAnalyses.ts', import.meta.url);
  return new ThreadPool({ script, size: 1, heapMb: MOST_HEAP_MB });
}

/** Opens what analytics holds of options: nothing that ticks go through. */
export function openOptions({ reads, contracts, clock, onStop }: Context): Implementation[] {
  const thread = openThread();
  onStop(() => thread.close());
  return [
    implement(
      OptionAnalyticsServiceDefinition,
      optionAnalytics(reads, new Analyses(reads, thread)),
    ),
    implement(AlertServiceDefinition, alertService(reads, contracts, clock)),
  ];
}
