import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { JWKS_KEY } from '@weft/mesh/principal';
import { connectMesh } from '@weft/mesh/runtime';
import { AuthServiceDefinition } from '@weft/proto/identity/v1/auth';
import { readManifest } from '../mesh/manifest/index.ts';
import { readMeshConfig } from '../mesh/runtime/config/MeshConfig.ts';
import { isRunning, killProgram, spawnProgram } from '../mesh/testing/spawnProgram.ts';
import { query } from '../services/kit/testing/query.ts';
import { onServer } from '../services/kit/testing/templateDatabase.ts';
import { rejects } from '../services/platform/identity/testing/rejects.ts';
import { startEngines } from './support/startEngines.ts';
import { waitFor } from './support/waitFor.ts';

const scripts: Readonly<Record<string, string>> = {
  identity: fileURLToPath(new URL('../services/platform/identity/main.ts', import.meta.url)),
  reader: fileURLToPath(new URL('support/identityReader.ts', import.meta.url)),
  notification: fileURLToPath(
    new URL('../services/platform/notification/main.ts', import.meta.url),
  ),
};
const notificationFile = fileURLToPath(
  new URL('../services/platform/notification/service.yaml', import.meta.url),
);
/** `make crash` has all of them. */
const REGISTRATIONS = process.env.WEFT_CRASH_POINTS === 'all' ? 300 : 40;
/** Who register at the same time. */
const AT_ONCE = 4;
const LATEST_MS = 120_000;
const FROZEN_MS = 3_000;
const PASSWORD = 'a quiet harbour';

test('who registers has one account and is told of once, and each mail comes once, over kill -9 and SIGSTOP of identity, notification, NATS and PostgreSQL', async () => {
  await using cleanup = new AsyncDisposableStack();
  const {
    consul,
    nats,
    postgres,
    folder,
    env: joining,
  } = await startEngines(
    [
      { name: 'identity', consumes: [] },
      // Of its events notification tells as well.
      { name: 'analytics', consumes: [] },
      { name: 'reader', consumes: ['identity.user_registered'] },
      { consumes: [], ...(await readManifest(notificationFile)) },
    ],
    cleanup,
  );
  await consul.intend('identity', { notification: 'allow', registrar: 'allow' });
  await mkdir(join(folder, 'migrations'));
  await writeFile(
    join(folder, 'migrations/001.ts'),
    "export const up = (db) => db.schema.createTable('applied').addColumn('user_id', 'text').execute();",
  );
  const env = { ...joining, WEFT_LOG_LEVEL: 'trace', NOTIFICATION_MAIL_CATCHER: 'true' };
  const members = new Map<string, ChildProcess>();
  cleanup.defer(() => {
    for (const member of members.values()) member.kill('SIGKILL');
  });
  let said = '';
  const start = async (kind: string) => {
    const member = spawnProgram([process.execPath, scripts[kind] ?? '', folder], {
      env: { ...env, DATABASE_URL: onServer(postgres.url, kind) },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    member.stdout?.on('data', (chunk) => {
      said += chunk;
    });
    members.set(kind, member);
    await waitFor(`${kind} serves`, async () => {
      if (!isRunning(member)) throw new Error(`${kind} has ended: ${said.slice(-2_000)}`);
      const path = `/health/service/${kind}?passing=1`;
      return (await consul.client.read<unknown[]>(path)).value.length > 0;
    });
  };
  const kill = async (kind: string) => {
    const member = members.get(kind);
    if (member) await killProgram(member);
  };
  for (const kind of Object.keys(scripts)) {
    await query(postgres.url, `create database ${kind}`);
    await start(kind);
  }
  const mesh = await connectMesh({ service: 'registrar', config: readMeshConfig(env) });
  cleanup.defer(() => mesh.close());
  const auth = mesh.client(AuthServiceDefinition);

  const rows = async (kind: string, statement: string) =>
    (await query(onServer(postgres.url, kind), statement)).map(({ value }) => value);
  // Who gets no answer asks again.
  const insist = <T>(what: string, call: () => Promise<T | undefined>) =>
    waitFor(what, call, LATEST_MS);
  const tokens: string[] = [];
  const register = async (email: string) => {
    await insist('register', () => auth.register({ email, password: PASSWORD, displayName: '' }));
    const token = await insist('mail', () => tokenOf(email));
    await insist('verify', () => auth.verifyEmail({ token }));
    const session = await insist('login', () =>
      auth.login({ email, password: PASSWORD, code: '' }),
    );
    tokens.push(token, session.accessToken, session.refreshToken);
  };
  /** Of the mail that has come to an address. */
  const tokenOf = async (email: string) => {
    const caught = await rows(
      'notification',
      `select convert_from(content, 'UTF8') as value from caught_mail where '${email}' = any(recipients)`,
    );
    const text = String(caught[0] ?? '').replaceAll('=\r\n', '');
    return /\/verify-email\/([\w.~-]+)/.exec(text)?.[1];
  };
  const failing = (async () => {
    const freeze = async (signal: (name: NodeJS.Signals) => unknown) => {
      await signal('SIGSTOP');
      await sleep(FROZEN_MS);
      await signal('SIGCONT');
    };
    await kill('identity');
    await start('identity');
    await nats.kill();
    await nats.run();
    await kill('notification');
    await start('notification');
    await kill('reader');
    await start('reader');
    await postgres.kill();
    await postgres.restart();
    await freeze((name) => members.get('identity')?.kill(name));
    await kill('notification');
    await start('notification');
    await freeze((name) => nats.signal(name));
    await freeze((name) => postgres.signal(name));
  })();
  const emails = Array.from({ length: REGISTRATIONS }, (_, index) => `user-${index}@example.org`);
  const left = [...emails];
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let email = left.pop(); email; email = left.pop()) await register(email);
    }),
  );
  await failing;

  const applied = () => rows('reader', 'select user_id as value from applied order by user_id');
  assert.deepEqual(
    await rows('identity', 'select email as value from account order by email collate "C"'),
    emails.toSorted(),
  );
  await waitFor('all', async () => (await applied()).length >= REGISTRATIONS, LATEST_MS);
  assert.deepEqual(
    await applied(),
    await rows('identity', 'select id::text as value from account order by id::text'),
  );
  const mails = await rows('identity', 'select id::text as value from mail order by id::text');
  const ended = (what: string) =>
    rows('notification', `select ${what} as value from notification order by ${what}`);
  await waitFor(
    'mails',
    async () => {
      const states = await ended('state');
      return states.length >= mails.length && !states.includes('PENDING');
    },
    LATEST_MS,
  );
  assert.deepEqual(await ended('mail_id::text'), mails);
  assert.deepEqual(new Set(await ended('state')), new Set(['DELIVERED']));
  assert.deepEqual(
    await rows(
      'notification',
      'select substr(message_id, 2, 36) as value from caught_mail order by 1',
    ),
    await ended('id::text'),
  );
  const asked = () => rows('identity', 'select count(*)::int as value from registration');
  const before = await asked();
  for (const [field, request] of Object.entries({
    email: [...NO_ADDRESSES, `${'a'.repeat(288)}@example.org`].map((email) => ({ email })),
    password: ['', 'short', 'x'.repeat(1_048_576)].map((password) => ({ password })),
  }).flatMap(([name, requests]) => requests.map((each) => [name, each] as const))) {
    const all = { email: 'eve@example.org', password: PASSWORD, displayName: '', ...request };
    await rejects(() => auth.register(all), { status: 'INVALID_ARGUMENT', field });
  }
  assert.deepEqual(await asked(), before);

  const { value } = await consul.client.read<{ Value: string }[]>(`/kv/${JWKS_KEY}`);
  assert.match(Buffer.from(value[0]?.Value ?? '', 'base64').toString(), /"kid"/);
  // At the finest level of the log, too, nothing that opens anything is in it.
  assert.ok(said.length > 1_000);
  for (const secret of [PASSWORD, '$argon2', 'PRIVATE KEY', ...tokens]) {
    assert.ok(!said.includes(secret), 'a secret is in the log');
  }
});

/** The last ones look like others: a Cyrillic letter, a letter without its dot, wide ones. */
const NO_ADDRESSES = [
  ...['', 'ada', 'ada@', '@example.org', 'ada lovelace@example.org', 'ada@example..org'],
  ...[
    'ad\u0430@example.org',
    'ada@ex\u0430mple.org',
    'm\u0131ke@example.org',
    '\uff41da@example.org',
  ],
];
