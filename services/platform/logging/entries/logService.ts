import { implement } from '@weft/mesh/runtime';
import { LogServiceDefinition } from '@weft/proto/logging/v1/log';
import type { Logging } from '../Logging.ts';
import { getLogContext } from './getLogContext.ts';
import { listLogEntries } from './listLogEntries.ts';
import { tailLogEntries } from './tailLogEntries.ts';

/** Shows what has been logged. */
export function logService({ reader, writer, journal, ledger }: Logging) {
  return implement(LogServiceDefinition, {
    listLogEntries: (request) => listLogEntries(reader, request),
    getLogContext: (request) => getLogContext(reader, request),
    tailLogEntries: (request, { signal }) =>
      tailLogEntries({ reader, writer, latest: () => journal.position }, request, signal),
    async getLogLedger() {
      const accounts = [...ledger.accounts].sort(([one], [other]) => (one < other ? -1 : 1));
      return { accounts: accounts.map(([service, account]) => ({ service, ...account })) };
    },
  });
}
