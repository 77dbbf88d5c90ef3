import { type Implementation, implement } from '@weft/mesh/runtime';
import { OptionAnalyticsServiceDefinition } from '@weft/proto/market/v1/option_analytics';
import { AlertServiceDefinition } from '@weft/proto/market/v1/price_alert';
import type { KitContext } from '../../../kit/defineService.ts';
import type { DB } from '../database.ts';
import { alertService } from './alerts/alertService.ts';
import { Analyses } from './analysis/Analyses.ts';
import { AnalysisThread } from './analysis/AnalysisThread.ts';
import { optionAnalytics } from './optionAnalytics.ts';

type Context = Pick<KitContext<unknown, DB>, 'reads' | 'contracts' | 'clock' | 'onStop'>;

/** Opens what analytics holds of options: nothing that ticks go through. */
export function openOptions({ reads, contracts, clock, onStop }: Context): Implementation[] {
  const thread = new AnalysisThread();
  onStop(() => thread.stop());
  return [
    implement(
      OptionAnalyticsServiceDefinition,
      optionAnalytics(reads, new Analyses(reads, thread)),
    ),
    implement(AlertServiceDefinition, alertService(reads, contracts, clock)),
  ];
}
