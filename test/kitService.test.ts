import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Contracts } from '@weft/mesh/contracts';
import { planEvents } from '@weft/mesh/events';
import { connectMesh, Metadata } from '@weft/mesh/runtime';
import { LedgerServiceDefinition } from '@weft/proto/testing/v1/ledger';
import { pino } from 'pino';
import { ControlPlane } from '../mesh/control/index.ts';
import { readMeshConfig } from '../mesh/runtime/config/MeshConfig.ts';
import { TestConsul } from '../mesh/testing/TestConsul.ts';
import { TestNats } from '../mesh/testing/TestNats.ts';
import { query } from '../services/kit/testing/query.ts';
import { startPostgres } from '../services/kit/testing/startPostgres.ts';
import { onServer } from '../services/kit/testing/templateDatabase.ts';
import { waitFor } from './support/waitFor.ts';

const script = fileURLToPath(new URL('support/kitMember.ts', import.meta.url));
const DEPOSITS = 60;
const LATEST_MS = 120_000;

test('a deposit is made once and told once, over kill -9 of both services, of NATS and of PostgreSQL', async () => {
  await using cleanup = new AsyncDisposableStack();
  const consul = cleanup.adopt(await TestConsul.start(), (each) => each.stop());
  const control = await ControlPlane.start({
    ...{ listen: '127.0.0.1:0', admin: '127.0.0.1:0', consul: consul.client },
    log: pino({ level: 'silent' }),
  });
  cleanup.defer(() => control.stop());
  const plan = planEvents(Contracts.load(), [
    { name: 'testing-ledger', consumes: [] },
    { name: 'reader', consumes: ['testing-ledger.deposited'] },
  ]);
  const nats = cleanup.adopt(await TestNats.start(consul, plan), (each) => each.stop());
  const postgres = cleanup.adopt(await startPostgres(), (each) => each.stop());
  await consul.intend('testing-ledger', { caller: 'allow' });
  const folder = await mkdtemp(join(tmpdir(), 'weft-kit-'));
  cleanup.defer(() => rm(folder, { recursive: true, force: true }));
  const env = {
    ...process.env,
    CONSUL_HTTP_ADDR: consul.client.address,
    WEFT_XDS_SERVER: control.xdsServer,
    WEFT_HOME: join(folder, 'home'),
    WEFT_LOG_LEVEL: 'fatal',
    NATS_URL: nats.url,
  };
  const members = new Map<string, ChildProcess>();
  cleanup.defer(() => {
    for (const member of members.values()) member.kill('SIGKILL');
  });
  const start = async (kind: string) => {
    const member = fork(script, [kind, join(folder, kind)], {
      env: { ...env, DATABASE_URL: onServer(postgres.url, kind) },
    });
    members.set(kind, member);
    await once(member, 'message');
  };
  const kill = async (kind: string) => {
    const member = members.get(kind);
    const ended = member && once(member, 'exit');
    member?.kill('SIGKILL');
    await ended;
  };
  for (const [kind, table] of [
    ['ledger', 'deposit'],
    ['reader', 'applied'],
  ] as const) {
    await query(postgres.url, `create database ${kind}`);
    await mkdir(join(folder, kind, 'migrations'), { recursive: true });
    await writeFile(
      join(folder, kind, 'migrations/001.ts'),
      `export const up = (db) => db.schema.createTable('${table}')
        .addColumn('account', 'text').addColumn('number', 'bigint').execute();`,
    );
    await start(kind);
  }
  const mesh = await connectMesh({ service: 'caller', config: readMeshConfig(env) });
  cleanup.defer(() => mesh.close());
  const { deposit } = mesh.client(LedgerServiceDefinition);

  const failing = (async () => {
    await sleep(300);
    await kill('ledger');
    await start('ledger');
    await nats.kill();
    await kill('reader');
    await nats.run();
    await start('reader');
    await postgres.kill();
    await postgres.restart();
  })();
  // A caller who does not learn what has become of a call makes it again, with its key.
  const give = async (account: string, number: number) => {
    const metadata = new Metadata();
    metadata.set('idempotency-key', `${account}-${number}`);
    await waitFor(
      `deposit ${number}`,
      () => deposit({ account, cents: number }, { metadata }).then(() => true),
      LATEST_MS,
    );
    await sleep(20);
  };
  await Promise.all(
    ['a', 'b'].map(async (account) => {
      for (let number = 1; number <= DEPOSITS; number += 1) await give(account, number);
    }),
  );
  await failing;

  const applied = (account: string) =>
    query(
      onServer(postgres.url, 'reader'),
      `select number::int from applied where account = '${account}' order by ctid`,
    ).then((rows) => rows.map(({ number }) => number));
  const expected = Array.from({ length: DEPOSITS }, (_, index) => index + 1);
  for (const account of ['a', 'b']) {
    const made = await query(
      onServer(postgres.url, 'ledger'),
      `select number::int from deposit where account = '${account}' order by number`,
    );
    assert.deepEqual(
      made.map(({ number }) => number),
      expected,
    );
    await waitFor('all', async () => (await applied(account)).length >= DEPOSITS, LATEST_MS);
    assert.deepEqual(await applied(account), expected);
  }
});
