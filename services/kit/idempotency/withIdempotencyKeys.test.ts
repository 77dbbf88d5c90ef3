import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { Contracts } from '@weft/mesh/contracts';
import {
  type CallContext,
  errorInfo,
  implement,
  Metadata,
  RpcError,
  Status,
} from '@weft/mesh/runtime';
import { testPrincipal } from '@weft/mesh/testing/TestIdentity';
import {
  type DepositRequest,
  type DepositResponse,
  LedgerServiceDefinition,
} from '@weft/proto/testing/v1/ledger';
import { type Kysely, sql } from 'kysely';
import { openDatabase } from '../database/openDatabase.ts';
import { quietLog } from '../testing/quietLog.ts';
import { usePostgres } from '../testing/usePostgres.ts';
import { transactionOf } from './transactionOf.ts';
import { idempotencyMigrations, tidyKeys, withIdempotencyKeys } from './withIdempotencyKeys.ts';

interface DB {
  deposit: { account: string; cents: number };
}

const postgres = usePostgres();
let folder: string;
let database: Kysely<DB>;
let deposit: (request: DepositRequest, context: CallContext) => Promise<DepositResponse>;
/** Called before a handler ends. */
let midway: () => Promise<void> | void;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weft-keys-'));
  await writeFile(
    join(folder, '001.ts'),
    `export const up = (db) => db.schema.createTable('deposit')
      .addColumn('account', 'text').addColumn('cents', 'bigint').execute();`,
  );
  database = await openDatabase<DB>({
    url: await postgres.createDatabase(),
    migrations: folder,
    kitMigrations: [idempotencyMigrations],
    applicationName: 'test',
    log: quietLog,
    signal: AbortSignal.timeout(30_000),
  });
  midway = () => {};
  const plain = implement(LedgerServiceDefinition, {
    async deposit({ account, cents }, context) {
      const transaction = transactionOf<DB>(context);
      await transaction.insertInto('deposit').values({ account, cents }).execute();
      await midway();
      const rows = await transaction.selectFrom('deposit').selectAll().execute();
      return { balanceCents: rows.reduce((sum, each) => sum + each.cents, 0) };
    },
  });
  const { handlers } = withIdempotencyKeys(plain, Contracts.load(), database);
  deposit = handlers.deposit as typeof deposit;
});
afterEach(async () => {
  await database.destroy();
  await rm(folder, { recursive: true });
});

const request = { account: 'a', cents: 5 };

function callBy(key: string | undefined, caller: Partial<CallContext> = { peer: peerOf('shop') }) {
  const metadata = new Metadata();
  if (key !== undefined) metadata.set('idempotency-key', key);
  return { ...caller, metadata } as CallContext;
}

const peerOf = (service: string) => ({
  spiffeId: `spiffe://x/ns/default/dc/dc1/svc/${service}`,
  service,
});

async function balance(): Promise<number> {
  const rows = await database.selectFrom('deposit').selectAll().execute();
  return rows.reduce((sum, { cents }) => sum + cents, 0);
}

function isRefused(code: Status, reason?: string) {
  return (error: unknown) => {
    assert.ok(error instanceof RpcError, String(error));
    assert.equal(error.code, code);
    const [detail] = error.details;
    if (reason) assert.deepEqual(detail, errorInfo(reason));
    return true;
  };
}

test('the same call again moves no money, and gets the first answer', async () => {
  const first = await deposit(request, callBy('k1'));
  await deposit(request, callBy('k2'));
  assert.deepEqual(await deposit(request, callBy('k1')), first);
  assert.equal(await balance(), 10);
});

test('a key with another request is refused, and moves nothing', async () => {
  await deposit(request, callBy('k1'));
  const other = deposit({ account: 'a', cents: 6 }, callBy('k1'));
  await assert.rejects(other, isRefused(Status.FAILED_PRECONDITION, 'IDEMPOTENCY_KEY_REUSED'));
  assert.equal(await balance(), 5);
});

test('while the first call is under way, a second one is told so; a short one is waited for', async () => {
  const going = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  midway = () => {
    begun.resolve();
    return going.promise;
  };
  const first = deposit(request, callBy('k1'));
  await begun.promise;
  await assert.rejects(
    deposit(request, callBy('k1')),
    isRefused(Status.ABORTED, 'IDEMPOTENCY_KEY_IN_FLIGHT'),
  );
  const waiting = deposit(request, callBy('k1'));
  going.resolve();
  assert.deepEqual(await waiting, await first);
  assert.equal(await balance(), 5);
});

test('of fifty at once, one is done and all get its answer', async () => {
  const all = await Promise.allSettled(
    Array.from({ length: 50 }, () => deposit(request, callBy('k1'))),
  );
  const answers = all.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  assert.ok(answers.length > 0);
  for (const answer of answers) assert.deepEqual(answer, { balanceCents: 5 });
  assert.equal(await balance(), 5);
});

test('a call that has failed leaves its key free', async () => {
  midway = () => {
    throw new RpcError(Status.NOT_FOUND, 'no');
  };
  await assert.rejects(deposit(request, callBy('k1')), isRefused(Status.NOT_FOUND));
  assert.equal(await balance(), 0);
  midway = () => {};
  await deposit(request, callBy('k1'));
  assert.equal(await balance(), 5);
});

test("nobody gets another caller's answer by his key", async () => {
  const gateway = peerOf('gateway');
  const user = (name: string) => ({
    peer: gateway,
    principal: testPrincipal({ subject: name }),
  });
  const callers = [
    { peer: peerOf('shop') },
    { peer: peerOf('order') },
    user('ann'),
    user('bob'),
    { peer: gateway },
  ];
  for (const caller of callers) await deposit(request, callBy('k1', caller));
  assert.equal(await balance(), 25);
  // A stranger's own request, again and otherwise.
  await deposit(request, callBy('k1', { peer: gateway }));
  assert.equal(await balance(), 25);
  await deposit({ account: 'a', cents: 1 }, callBy('k1', { peer: gateway }));
  assert.equal(await balance(), 26);
});

test('a missing or malformed key is refused by name', async () => {
  for (const key of [undefined, '', 'a b', 'x'.repeat(256)]) {
    await assert.rejects(deposit(request, callBy(key)), isRefused(Status.INVALID_ARGUMENT));
  }
  assert.equal(await balance(), 0);
});

test('after a day a key means nothing any more, and is gone', async () => {
  const age = () =>
    sql`update weft.idempotency_key set created_at = now() - interval '25 hours'`.execute(database);
  await deposit(request, callBy('k1'));
  await age();
  await deposit({ account: 'a', cents: 7 }, callBy('k1'));
  assert.equal(await balance(), 12);
  await age();
  assert.equal(await tidyKeys(database), 1);
});
