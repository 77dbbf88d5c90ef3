import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Served } from '@weft/mesh/runtime';
import type { KitContext } from '../../kit/defineService.ts';
import { lockFile } from '../../kit/lock/lockFile.ts';
import { readSecretFile } from '../../kit/readSecretFile.ts';
import type { Config } from './config.ts';
import { logService } from './entries/logService.ts';
import { openTargets } from './forward/openTargets.ts';
import { intakeService } from './intake/intakeService.ts';
import { OtlpReader } from './intake/otlp/OtlpRequest.ts';
import { otlpFace } from './intake/otlp/otlpFace.ts';
import { otlpService } from './intake/otlp/otlpService.ts';
import { openLogging } from './Logging.ts';
import { observeLedger } from './ledger/observeLedger.ts';
import { Redaction } from './lines/Redaction.ts';
import { expireLines } from './retention/expireLines.ts';
import { VictoriaLogs } from './store/VictoriaLogs.ts';

/** What waits for the store, at most: some hours of an idle mesh, minutes of a busy one. */
const JOURNAL_BYTES = 512 * 1_048_576;

/** Opens what logging holds, once no other instance on this machine does: two would give lines the same positions. */
export async function setup(context: KitContext<Config, never>): Promise<Served[]> {
  const { config, contracts, log, onStop, observe, signal } = context;
  const { url, passwordFile } = config.victoriaLogs;
  const store = new VictoriaLogs({
    url,
    ...(passwordFile && {
      password: await readSecretFile('VICTORIA_LOGS_PASSWORD_FILE', passwordFile),
    }),
  });
  const { fields, patternsFile } = config.redact;
  const patterns = patternsFile ? (await readFile(patternsFile, 'utf8')).split('\n') : [];
  const lock = await lockFile(join(config.journalFolder, 'lock'), {
    onWait: () => log.warn({ folder: config.journalFolder }, 'waiting: another instance runs'),
    signal,
  });
  onStop(() => lock[Symbol.asyncDispose]());
  const logging = await openLogging({
    journal: { folder: config.journalFolder, maxBytes: JOURNAL_BYTES },
    redaction: new Redaction(
      fields,
      patterns.filter((pattern) => pattern.trim() !== ''),
    ),
    ...{ store, retention: config.retention, targets: await openTargets(config), log },
  });
  onStop(() => logging.close());
  onStop(expireLines(config.retention, store, log));
  observe((meter) => observeLedger(logging, meter));
  const otlp = new OtlpReader(contracts);
  return [
    intakeService(logging.intake),
    otlpService(logging.intake, otlp),
    otlpFace(logging.intake, otlp),
    logService(logging),
  ];
}
