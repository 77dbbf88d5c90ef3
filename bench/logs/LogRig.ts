import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installPrograms } from '../../deploy/local/programs/installPrograms.ts';
import { askHttp } from '../../deploy/local/setup/askHttp.ts';
import type { ConsulClient } from '../../mesh/consul/index.ts';
import { freePort } from '../../mesh/runtime/server/freePort.ts';
import { eventually } from '../../mesh/testing/eventually.ts';
import { TestVictoriaLogs } from '../../services/platform/logging/testing/TestVictoriaLogs.ts';
import { startConsul } from '../harness/BenchConsul.ts';
import type { Measurement, SuiteOptions } from '../harness/Suite.ts';
import { startProgram } from '../harness/startProgram.ts';
import { Worker } from '../harness/Worker.ts';
import { SERVICES } from './lines.ts';
import type { SenderAsk } from './sender.ts';

const scriptOf = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

export type Sender = Worker<SenderAsk, Measurement>;

/** A small mesh with logging and its VictoriaLogs, and another VictoriaLogs that stands alone. */
export interface LogRig {
  /** What a process needs in its environment to join. */
  readonly environment: Readonly<Record<string, string>>;
  /** Send to logging, and ask it: one for each service. */
  readonly weft: readonly Sender[];
  /** The same with the one that stands alone. */
  readonly alone: readonly Sender[];
}

/** Starts it. All of it ends with this process. */
export async function startRig(
  options: Pick<SuiteOptions, 'progress' | 'signal'>,
  cleanup: AsyncDisposableStack,
): Promise<LogRig> {
  const { signal, progress } = options;
  const programs = await installPrograms({ report: progress, signal }, ['victoria-logs']);
  process.env.WEFT_VICTORIA_LOGS_BIN ||= programs['victoria-logs'];
  const { client: consul, folder } = await startConsul(options, cleanup);
  const environment = await startControl(consul, folder, signal, cleanup);
  const stores = await Promise.all([TestVictoriaLogs.start(), TestVictoriaLogs.start()]);
  for (const store of stores) cleanup.defer(() => store.stop());
  const [own, other] = stores;
  await consul.write('/connect/intentions/exact?source=*&destination=logging', ALLOW);
  await startProgram(
    [process.execPath, scriptOf('services/platform/logging/main.ts')],
    {
      env: {
        ...environment,
        VICTORIA_LOGS_URL: own.url,
        VICTORIA_LOGS_PASSWORD_FILE: own.passwordFile,
      },
      log: join(folder, 'logging.log'),
    },
    cleanup,
  );
  await eventually(async () => {
    const { value } = await consul.read<unknown[]>('/health/service/logging?passing=1');
    if (value.length === 0) throw new Error('logging does not serve');
  }, 120_000);
  const env = {
    ...environment,
    WEFT_BENCH_STORE: other.url,
    WEFT_BENCH_STORE_PASSWORD_FILE: other.passwordFile,
  };
  const script = new URL('sender.ts', import.meta.url);
  const senders = (kind: string) =>
    Promise.all(
      SERVICES.map(async (service): Promise<Sender> => {
        const options = { args: [kind, service], env };
        return (await Worker.start<SenderAsk, Measurement>(script, options, cleanup)).worker;
      }),
    );
  return { environment, weft: await senders('weft'), alone: await senders('store') };
}

const ALLOW = { SourceType: 'consul', Action: 'allow' };

async function startControl(
  consul: ConsulClient,
  folder: string,
  signal: AbortSignal,
  cleanup: AsyncDisposableStack,
): Promise<Record<string, string>> {
  const [xds, admin] = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`];
  const main = scriptOf('mesh/control/main.ts');
  await startProgram(
    [process.execPath, main, '--listen', xds, '--admin', admin, '--consul', consul.address],
    { log: join(folder, 'control.log') },
    cleanup,
  );
  await eventually(() => askHttp(`http://${admin}/ready`, signal), 120_000);
  await consul.write('/connect/intentions/exact?source=bench-client&destination=bench-echo', ALLOW);
  return {
    CONSUL_HTTP_ADDR: consul.address,
    WEFT_XDS_SERVER: `ipv4:${xds}`,
    WEFT_HOME: join(folder, 'weft'),
  };
}
