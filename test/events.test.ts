import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Contracts } from '@weft/mesh/contracts';
import { planEvents } from '@weft/mesh/events';
import { TestNats } from '@weft/mesh/testing/TestNats';
import { Deposited } from '@weft/proto/testing/v1/ledger';
import { CliMesh } from '../mesh/cli/testing/CliMesh.ts';
import { transact } from '../services/kit/database/transact.ts';
import { openMember, type TestMember } from '../services/kit/testing/openMember.ts';
import { query } from '../services/kit/testing/query.ts';
import { startPostgres } from '../services/kit/testing/startPostgres.ts';
import { onServer } from '../services/kit/testing/templateDatabase.ts';
import { waitFor } from './support/waitFor.ts';

const cleanup = new AsyncDisposableStack();
let mesh: CliMesh;
let nats: TestNats;
let readerUrl: string;
let ledger: TestMember<object>;

before(async () => {
  const postgres = cleanup.adopt(await startPostgres(), (each) => each.stop());
  mesh = cleanup.adopt(await CliMesh.start(), (each) => each.stop());
  await mesh.consul.intend('reader', { cli: 'allow', stranger: 'allow' });
  const contracts = Contracts.load();
  const plan = planEvents(contracts, [
    { name: 'testing-ledger', consumes: [] },
    { name: 'reader', consumes: ['testing-ledger.deposited'] },
  ]);
  nats = cleanup.adopt(await TestNats.start(mesh.consul, plan), (each) => each.stop());
  const folder = await mkdtemp(join(tmpdir(), 'weft-events-'));
  cleanup.defer(() => rm(folder, { recursive: true }));
  const migrations = {
    ledger: 'async () => {}',
    reader: `async (db) => {
      const refused = db.schema.createTable('refused').addColumn('account', 'text');
      await refused.execute();
      const applied = db.schema.createTable('applied').addColumn('account', 'text');
      await applied.addColumn('number', 'integer').addColumn('id', 'serial').execute();
    }`,
  };
  for (const [name, up] of Object.entries(migrations)) {
    await mkdir(join(folder, name, 'migrations'), { recursive: true });
    await writeFile(join(folder, name, 'migrations/001.ts'), `export const up = ${up};`);
    await query(postgres.url, `create database ${name}`);
  }
  readerUrl = onServer(postgres.url, 'reader');
  ledger = await openMember({
    ...{
      service: 'testing-ledger',
      contracts,
      nats,
      databaseUrl: onServer(postgres.url, 'ledger'),
    },
    migrations: join(folder, 'ledger/migrations'),
  });
  cleanup.defer(() => ledger.stop());
  const script = fileURLToPath(new URL('support/eventsMember.ts', import.meta.url));
  const member = fork(script, [join(folder, 'reader')], {
    env: { ...mesh.env, NATS_URL: nats.url, DATABASE_URL: readerUrl, WEFT_LOG_LEVEL: 'fatal' },
  });
  cleanup.defer(() => void member.kill('SIGKILL'));
  await once(member, 'message');
});
after(() => cleanup.disposeAsync());

const weft = (...args: string[]) => mesh.run(['events', ...args], { NATS_URL: nats.url });

async function deposit(account: string, number: number): Promise<void> {
  await transact(ledger.database, (transaction) =>
    ledger.events.add(
      transaction,
      Deposited,
      { account, cents: 5, number },
      { actor: 'user:4711' },
    ),
  );
}

async function applied(account: string): Promise<number[]> {
  const rows = await query(
    readerUrl,
    `select number from applied where account = '${account}' order by id`,
  );
  return rows.map(({ number }) => Number(number));
}

test('an operator sees what could not be handled and why, and has it handled, with what waits behind it', async () => {
  await query(readerUrl, "insert into refused values ('bad'), ('worse')");
  for (const number of [1, 2, 3]) await deposit('bad', number);
  for (const account of ['worse', 'good']) await deposit(account, 1);
  await waitFor('the good one is applied', async () => (await applied('good')).length === 1);
  await waitFor('all are put aside', async () => {
    const { stdout } = await weft('dead', 'reader', '--parked', '--json');
    return stdout.trim().split('\n').length === 4;
  });
  const { stdout } = await weft('dead');
  assert.match(
    stdout,
    /reader +\d+ +testing\.v1\.Deposited +bad +dead +1 +\S+Z +2 +Error: the \\u001b\[31maccount is closed/,
  );
  assert.match(stdout, / worse +dead +1 /);
  assert.doesNotMatch(stdout, /waiting|good/);
  const one = (await weft('dead', '--type', 'testing-ledger.deposited', '--key', 'bad', '--json'))
    .stdout;
  const { id } = JSON.parse(one);
  const shown = (await weft('dead', 'reader', String(id))).stdout;
  assert.match(shown, /bad: dead\nof +testing-ledger, for user:4711\n/);
  assert.match(shown, /behind +2 of its key\n\{\n {2}"account": "bad",\n {2}"cents": "5"/);

  // What is still refused comes back, behind it nothing has gone on; said twice is said once.
  for (const _ of [1, 2]) assert.equal((await weft('replay', 'reader', String(id))).exitCode, 0);
  await waitFor('it is dead again', async () =>
    (await weft('dead', '--key', 'bad')).stdout.includes('dead'),
  );
  assert.deepEqual(await applied('bad'), []);

  await query(readerUrl, 'delete from refused');
  const replayed = (await weft('replay', 'reader', '--all', '--type', 'testing.v1.Deposited'))
    .stdout;
  assert.match(replayed, /^2 events are tried again/);
  await waitFor('all are applied', async () => (await applied('bad')).length === 3);
  assert.deepEqual(await applied('bad'), [1, 2, 3]);
  await waitFor('nothing is left', async () =>
    /no such events/.test((await weft('dead', '--parked')).stdout),
  );
  assert.deepEqual(await applied('worse'), [1]);
  assert.match((await weft('replay', 'reader', '--all')).stdout, /^0 events/);

  const refusals: [string[], number, RegExp][] = [
    [['replay', 'reader', String(id)], 1, /NOT_FOUND.*has been handled/],
    [['dead', 'reader', '999'], 1, /NOT_FOUND/],
    [['dead', 'raeder'], 1, /"raeder".*: reader/],
    [
      ['dead', '--type', 'testing-ledger.oops'],
      2,
      /testing-ledger\.closed, testing-ledger\.deposited$/m,
    ],
    [['dead', '--type', 'testing-ledger'], 2, /several/],
    [['replay', 'reader'], 2, /--all/],
    [['replay', 'reader', '1', '--key', 'bad'], 2, /--all/],
    [['replay', 'reader', 'x'], 1, /whole number/],
    [['tail', 'nobody'], 2, /"nobody".*testing-ledger\.deposited/],
    [['tail', 'identity'], 1, /identity: NATS has no stream/],
    [['tail', '--since', 'yesterday'], 1, /duration/],
  ];
  for (const [args, exitCode, message] of refusals) {
    const result = await weft(...args);
    assert.match(result.stderr, message);
    assert.equal(result.exitCode, exitCode, args.join(' '));
  }
});

test('an operator follows events, those of one key or from a time on, and takes them from nobody', async () => {
  for (const number of [1, 2]) await deposit('watched', number);
  const past = ['--since', '1h', '--no-follow'];
  await waitFor('all are published', async () => {
    const { stdout } = await weft('tail', 'testing-ledger', ...past, '--json', '--key', 'watched');
    return stdout.split('\n').length > 2;
  });
  const { stdout } = await weft(
    'tail',
    'testing.v1.Deposited',
    ...past,
    '--json',
    '--key',
    'watched',
  );
  const [first, second] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(first.event, { account: 'watched', cents: '5', number: '1' });
  assert.equal(second.event.number, '2');
  assert.equal(first.subject, 'testing-ledger.deposited');
  assert.equal(first.actor, 'user:4711');
  assert.equal((await weft('tail', 'testing-ledger.closed', ...past, '--json')).stdout, '');

  const following = mesh.start(['events', 'tail'], { NATS_URL: nats.url });
  await waitFor('it follows', async () => following.stdout.includes('TIME'));
  let number = 2;
  await waitFor('it shows what is new', async () => {
    number += 1;
    await deposit('wat\x1b[31mched', number);
    return following.stdout.includes('"number"');
  });
  assert.match(following.stdout, /Z +testing-ledger\.deposited +wat\\u001b\[31mched +\{"account"/);
  assert.doesNotMatch(following.stdout, /"number":"1"/);
  following.kill('SIGINT');
  assert.equal((await following.result()).exitCode, 130);
  await waitFor('the consumer has all', async () => (await applied('watched')).length === 2);
});

test('another service sees no dead letters and replays none, though it may call', async () => {
  for (const method of ['ListDeadLetters', 'ReplayDeadLetters']) {
    const { stderr } = await mesh.run([
      ...['call', '--as', 'stranger', '--service', 'reader'],
      ...[`weft.events.v1.DeadLetterService/${method}`, '{}'],
    ]);
    assert.match(stderr, /PERMISSION_DENIED.*for operators/);
  }
});
