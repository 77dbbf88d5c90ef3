import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { connectMesh, Metadata } from '@weft/mesh/runtime';
import { LedgerServiceDefinition } from '@weft/proto/testing/v1/ledger';
import { readMeshConfig } from '../mesh/runtime/config/MeshConfig.ts';
import { query } from '../services/kit/testing/query.ts';
import { onServer } from '../services/kit/testing/templateDatabase.ts';
import { startEngines } from './support/startEngines.ts';
import { waitFor } from './support/waitFor.ts';

const script = fileURLToPath(new URL('support/kitMember.ts', import.meta.url));
const DEPOSITS = 60;
const LATEST_MS = 120_000;

test('a deposit is made once and told once, over kill -9 of both services, of NATS and of PostgreSQL', async () => {
  await using cleanup = new AsyncDisposableStack();
  const {
    consul,
    nats,
    postgres,
    folder,
    env: joining,
  } = await startEngines(
    [
      { name: 'testing-ledger', consumes: [] },
      { name: 'reader', consumes: ['testing-ledger.deposited'] },
    ],
    cleanup,
  );
  await consul.intend('testing-ledger', { caller: 'allow' });
  const env = { ...joining, WEFT_LOG_LEVEL: 'fatal' };
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
