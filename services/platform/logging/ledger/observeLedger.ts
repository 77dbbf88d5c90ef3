import type { Meter } from '@opentelemetry/api';
import type { Logging } from '../Logging.ts';

const COUNTS = ['accepted', 'stored', 'expired', 'rejected', 'repeated', 'dropped'] as const;

/** The ledger, and how full the journal is, for Prometheus. */
export function observeLedger(
  {
    intake,
    ledger,
    journal,
    forwarders,
  }: Pick<Logging, 'intake' | 'ledger' | 'journal' | 'forwarders'>,
  meter: Meter,
): void {
  meter
    .createObservableCounter('logging.lines', {
      description: 'Lines of each service by what has become of them: see logging.v1.LogAccount.',
    })
    .addCallback((result) => {
      for (const [service, account] of ledger.accounts) {
        for (const outcome of COUNTS) result.observe(account[outcome], { service, outcome });
      }
    });
  meter
    .createObservableCounter('logging.refused.lines', {
      description: 'Lines of each service that there was no room for when they were sent.',
    })
    .addCallback((result) => {
      for (const [service, lines] of intake.refused) result.observe(lines, { service });
    });
  meter
    .createObservableGauge('logging.journal.size', {
      unit: 'By',
      description: 'What lies in the journal, brought to the store or not.',
    })
    .addCallback((result) => result.observe(journal.bytes));
  if (forwarders.length === 0) return;
  meter
    .createObservableCounter('logging.forwarded.lines', {
      description: 'Lines sent on to others, by whether they have been taken.',
    })
    .addCallback((result) => {
      for (const { target, sent, refused } of forwarders) {
        result.observe(sent, { target: target.name, outcome: 'sent' });
        result.observe(refused, { target: target.name, outcome: 'refused' });
      }
    });
}
