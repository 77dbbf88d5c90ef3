import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { ControlPlane } from '../mesh/control/index.ts';
import { freePort } from '../mesh/testing/freePort.ts';
import { TestConsul } from '../mesh/testing/TestConsul.ts';
import { startPostgres, type TestPostgres } from '../services/kit/testing/startPostgres.ts';
import { waitFor } from './support/waitFor.ts';

const script = fileURLToPath(new URL('support/databaseMember.ts', import.meta.url));
const cleanup = new AsyncDisposableStack();
let consul: TestConsul;
let control: ControlPlane;
let postgres: TestPostgres;
let folder: string;

before(async () => {
  consul = cleanup.adopt(await TestConsul.start(), (each) => each.stop());
  const listen = { listen: '127.0.0.1:0', admin: '127.0.0.1:0' };
  const log = pino({ level: 'silent' });
  control = await ControlPlane.start({ ...listen, consul: consul.client, log });
  cleanup.defer(() => control.stop());
  postgres = cleanup.adopt(await startPostgres(), (each) => each.stop());
  folder = await mkdtemp(join(tmpdir(), 'weft-readiness-'));
  cleanup.defer(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, 'migrations'));
  await writeFile(
    join(folder, 'migrations/001-thing.ts'),
    `export const up = (db) => db.schema.createTable('thing').addColumn('name', 'text').execute();`,
  );
});
after(() => cleanup.disposeAsync());

async function startMember(workers: number): Promise<{ member: ChildProcess; admin: string }> {
  const adminPort = await freePort();
  const member = fork(script, [folder], {
    env: {
      ...process.env,
      CONSUL_HTTP_ADDR: consul.client.address,
      WEFT_XDS_SERVER: control.xdsServer,
      WEFT_HOME: join(folder, 'home'),
      WEFT_LOG_LEVEL: 'fatal',
      WEFT_ADMIN_PORT: String(adminPort),
      WEFT_WORKERS: String(workers),
      DATABASE_URL: postgres.url,
    },
  });
  cleanup.defer(() => void member.kill('SIGKILL'));
  const ended = once(member, 'exit').then(([code]) => assert.fail(`it ended with ${code}`));
  await Promise.race([once(member, 'message'), ended]);
  return { member, admin: `http://127.0.0.1:${adminPort}` };
}

/** As Consul counts it: an instance is as its worst check. */
async function healthIn(): Promise<string | undefined> {
  const { value } = await consul.client.read<{ Status: string }[]>('/health/checks/bench-echo');
  const statuses = new Set(value.map(({ Status }) => Status));
  return ['critical', 'warning', 'passing'].find((status) => statuses.has(status));
}

for (const workers of [1, 2]) {
  test(`a killed database takes the service out of the mesh, and brings it back (${workers} processes)`, async () => {
    const { member, admin } = await startMember(workers);
    await waitFor('passing', async () => (await healthIn()) === 'passing');
    const metrics = await (await fetch(`${admin}/metrics`)).text();
    assert.match(metrics, /db_client_connection_count\{.*db_client_connection_state="idle"/);

    await postgres.kill();
    await waitFor('not ready', async () => {
      const ready = await fetch(`${admin}/ready`);
      return ready.status === 503 && (await healthIn()) === 'critical';
    });
    const reason = await (await fetch(`${admin}/ready`)).text();
    assert.match(reason, /the database cannot be reached/);

    await postgres.restart();
    await waitFor('passing', async () => (await healthIn()) === 'passing');
    if (workers === 1) {
      member.send('count');
      assert.deepEqual((await once(member, 'message'))[0], { rows: 0 });
    }
    const ended = once(member, 'exit');
    member.kill('SIGTERM');
    await ended;
  });
}
