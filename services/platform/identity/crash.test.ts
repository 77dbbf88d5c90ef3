import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { crashWithEvents } from '../../kit/testing/crash/crashWithEvents.ts';
import { query } from '../../kit/testing/query.ts';
import { usePostgres } from '../../kit/testing/usePostgres.ts';
import type { RegistrationSetting } from './testing/registrationScenario.ts';

const postgres = usePostgres();
const script = fileURLToPath(new URL('testing/registrationScenario.ts', import.meta.url));
const REGISTRATIONS = 3;

test('wherever identity is killed, who registers has one account, and others hear of it once', async () => {
  await using cleanup = new AsyncDisposableStack();
  const readerMigrations = await mkdtemp(join(tmpdir(), 'weft-crash-'));
  cleanup.defer(() => rm(readerMigrations, { recursive: true }));
  await writeFile(
    join(readerMigrations, '001.ts'),
    "export const up = (db) => db.schema.createTable('applied').addColumn('user_id', 'text').execute();",
  );
  const steps = await crashWithEvents<RegistrationSetting>({
    script,
    services: [
      { name: 'identity', consumes: [] },
      { name: 'reader', consumes: ['identity.user_registered'] },
    ],
    points: 4,
    async prepare() {
      return {
        identityUrl: await postgres.createDatabase(),
        readerUrl: await postgres.createDatabase(),
        secret: randomBytes(32).toString('base64'),
        ...{ readerMigrations, registrations: REGISTRATIONS },
      };
    },
    async check({ identityUrl, readerUrl }) {
      const accounts = await query(identityUrl, 'select id::text, email from account order by id');
      assert.deepEqual(
        accounts.map(({ email }) => email).sort(),
        Array.from({ length: REGISTRATIONS }, (_, index) => `user-${index + 1}@example.org`),
      );
      const applied = await query(readerUrl, 'select user_id as id from applied order by user_id');
      assert.deepEqual(
        applied.map(({ id }) => id),
        accounts.map(({ id }) => id),
      );
      const [{ count } = {}] = await query(
        identityUrl,
        'select count(*)::int from account left join password on id = account_id where hash is null',
      );
      assert.equal(count, 0);
    },
  });
  assert.ok(steps.length > 1, `killed at ${steps.length} steps`);
});
