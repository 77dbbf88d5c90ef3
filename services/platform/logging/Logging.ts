import type { Log } from '../../kit/Log.ts';
import { Forwarder } from './forward/Forwarder.ts';
import type { Target } from './forward/Target.ts';
import { Intake } from './intake/Intake.ts';
import { Runs } from './intake/Runs.ts';
import { Journal, type JournalOptions } from './journal/Journal.ts';
import { readCheckpoint, writeCheckpoint } from './ledger/Checkpoint.ts';
import { Ledger } from './ledger/Ledger.ts';
import type { IntakeNote } from './lines/IntakeNote.ts';
import { LineMaker } from './lines/LineMaker.ts';
import type { Redaction } from './lines/Redaction.ts';
import type { StoredLine } from './lines/StoredLine.ts';
import type { Retention } from './retention/Retention.ts';
import { StoreReader } from './store/StoreReader.ts';
import { StoreWriter } from './store/StoreWriter.ts';
import type { VictoriaLogs } from './store/VictoriaLogs.ts';

export interface LoggingOptions {
  readonly journal: JournalOptions;
  readonly store: VictoriaLogs;
  readonly redaction: Redaction;
  readonly retention: Retention;
  /** Where lines are sent beside the store. Default: nowhere. */
  readonly targets?: readonly Target[];
  readonly log: Log;
}

/** What a process of logging holds. */
export interface Logging {
  readonly intake: Intake;
  readonly journal: Journal;
  readonly ledger: Ledger;
  readonly writer: StoreWriter;
  readonly reader: StoreReader;
  readonly forwarders: readonly Forwarder[];
  close(): Promise<void>;
}

/** Opens the journal, knows again what was taken in and who has sent it, and begins to bring it to the store. */
export async function openLogging({
  journal: options,
  store,
  redaction,
  retention,
  targets = [],
  log,
}: LoggingOptions): Promise<Logging> {
  const { folder } = options;
  const saved = await readCheckpoint(folder);
  const [ledger, runs] = [new Ledger(saved?.ledger), new Runs()];
  for (const [service, run, last] of saved?.runs ?? []) runs.note(service, run, last);
  const journal = await Journal.open(options, (text) => {
    const entry = JSON.parse(text) as StoredLine | IntakeNote;
    const { service, position, run, sequence } = entry;
    if ('note' in entry) ledger.leaveOut(service, position, entry.note);
    else ledger.pend(service, position, 1);
    if (run !== undefined && sequence !== undefined) runs.note(service, run, sequence);
  });
  const lines = new LineMaker(redaction);
  const intake = new Intake({ journal, ledger, runs, retention, lines, log });
  const forwarders = targets.map((target) => new Forwarder({ journal, target, log }));
  const needed = () => Math.min(...forwarders.map(({ position }) => position));
  const save = () => writeCheckpoint(folder, { ledger: ledger.save(), runs: runs.save() });
  const writer = new StoreWriter({ journal, store, ledger, log, needed, save });
  for (const each of [writer, ...forwarders]) each.start();
  return {
    ...{ intake, journal, ledger, writer, forwarders, reader: new StoreReader(store, writer) },
    async close() {
      await Promise.all([writer, ...forwarders].map((each) => each.stop()));
      await journal.close();
    },
  };
}
