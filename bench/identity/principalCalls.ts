import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { askHttp } from '../../deploy/local/setup/askHttp.ts';
import { freePort } from '../../mesh/runtime/server/freePort.ts';
import { eventually } from '../../mesh/testing/eventually.ts';
import { publishKeys } from '../../mesh/testing/publishTrust.ts';
import { TestIdentity } from '../../mesh/testing/TestIdentity.ts';
import { startConsul } from '../harness/BenchConsul.ts';
import { cpuSecondsOf } from '../harness/processUsage.ts';
import type { Case, Contender, Measurement, SuiteOptions } from '../harness/Suite.ts';
import { startProgram } from '../harness/startProgram.ts';
import { Worker } from '../harness/Worker.ts';
import type { PrincipalLoad } from './client.ts';

const main = fileURLToPath(new URL('../../mesh/control/main.ts', import.meta.url));
const USERS = 1_000;
const IN_FLIGHT = 32;
const PAYLOAD_BYTES = 100;
const WITHOUT = 'without';

/**
 * Calls of one service to another with a principal, beside the same calls without one. A thousand users are more than the
 * table of headers that HTTP/2 keeps for a connection has room for, so each call then sends its token whole.
 */
export async function principalCalls(
  options: Pick<SuiteOptions, 'progress' | 'signal'>,
  cleanup: AsyncDisposableStack,
): Promise<Case> {
  options.progress('identity: starting a service and its caller');
  const { client: consul, folder } = await startConsul(options, cleanup);
  const [xds, admin] = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`];
  await startProgram(
    [process.execPath, main, '--listen', xds, '--admin', admin, '--consul', consul.address],
    { log: join(folder, 'control.log') },
    cleanup,
  );
  await eventually(() => askHttp(`http://${admin}/ready`, options.signal), 120_000);
  await consul.write('/connect/intentions/exact?source=bench-client&destination=bench-echo', {
    SourceType: 'consul',
    Action: 'allow',
  });
  const identity = await TestIdentity.create();
  await publishKeys(consul, identity);
  const life = { lifeSeconds: 86_400 };
  const tokens = await Promise.all(
    Array.from({ length: USERS }, () => identity.inner({ roles: ['user', 'trader'] }, life)),
  );
  const file = join(folder, 'tokens');
  await writeFile(file, tokens.join('\n'), { mode: 0o600 });
  const env = {
    CONSUL_HTTP_ADDR: consul.address,
    WEFT_XDS_SERVER: `ipv4:${xds}`,
    WEFT_HOME: join(folder, 'weft'),
    WEFT_LOG_LEVEL: 'warn',
    WEFT_BENCH_TOKENS: file,
  };
  const start = async (script: URL) =>
    (await Worker.start<PrincipalLoad, Measurement>(script, { env }, cleanup)).worker;
  const server = await start(new URL('../soak/server.ts', import.meta.url));
  const client = await start(new URL('client.ts', import.meta.url));
  const pids = [server.pid, client.pid];
  const contender = (name: string, users: number): Contender => ({
    name,
    async turn(seconds) {
      const before = cpuSecondsOf(pids);
      const load = { inFlight: IN_FLIGHT, payloadBytes: PAYLOAD_BYTES, users, seconds };
      const measured = await client.ask(load);
      const cpuSeconds = cpuSecondsOf(pids) - before;
      const extra = { 'Node CPU us': (cpuSeconds / (measured.value * seconds)) * 1e6 };
      return { ...measured, extra: { ...measured.extra, ...extra } };
    },
  });
  return {
    title: `calls with a principal, ${IN_FLIGHT} in flight, ${PAYLOAD_BYTES} B`,
    unit: 'calls/s',
    baseline: WITHOUT,
    ratios: ['Node CPU us'],
    warmUpSeconds: 5,
    contenders: [
      contender(WITHOUT, 0),
      contender('of one user', 1),
      contender(`of ${USERS.toLocaleString('en')} users in turn`, USERS),
    ],
  };
}
