import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Contracts } from '@weft/mesh/contracts';
import { planEvents } from '@weft/mesh/events';
import { pino } from 'pino';
import { ControlPlane } from '../../mesh/control/index.ts';
import { TestConsul } from '../../mesh/testing/TestConsul.ts';
import { TestNats } from '../../mesh/testing/TestNats.ts';
import { startPostgres, type TestPostgres } from '../../services/kit/testing/startPostgres.ts';

/** What services with databases and events stand on, without an edge. */
export interface Engines {
  readonly consul: TestConsul;
  readonly nats: TestNats;
  readonly postgres: TestPostgres;
  /** Goes with them. */
  readonly folder: string;
  /** What a service needs in its environment to join, its DATABASE_URL apart. */
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Starts a Consul, a control plane, a NATS and a PostgreSQL.
 *
 * @param services As their manifests have them: what they may publish and consume.
 */
export async function startEngines(
  services: Parameters<typeof planEvents>[1],
  cleanup: AsyncDisposableStack,
): Promise<Engines> {
  const consul = cleanup.adopt(await TestConsul.start(), (each) => each.stop());
  const control = await ControlPlane.start({
    ...{ listen: '127.0.0.1:0', admin: '127.0.0.1:0', consul: consul.client },
    log: pino({ level: 'silent' }),
  });
  cleanup.defer(() => control.stop());
  const plan = planEvents(Contracts.load(), services);
  const nats = cleanup.adopt(await TestNats.start(consul, plan), (each) => each.stop());
  const postgres = cleanup.adopt(await startPostgres(), (each) => each.stop());
  const folder = await mkdtemp(join(tmpdir(), 'weft-engines-'));
  cleanup.defer(() => rm(folder, { recursive: true, force: true }));
  const env = {
    ...process.env,
    CONSUL_HTTP_ADDR: consul.client.address,
    WEFT_XDS_SERVER: control.xdsServer,
    WEFT_HOME: join(folder, 'home'),
    NATS_URL: nats.url,
  };
  return { consul, nats, postgres, folder, env };
}
