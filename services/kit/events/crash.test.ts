import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { crashWithEvents } from '../testing/crash/crashWithEvents.ts';
import type { DepositSetting } from '../testing/crash/depositScenario.ts';
import { query } from '../testing/query.ts';
import { usePostgres } from '../testing/usePostgres.ts';

const postgres = usePostgres();
const script = fileURLToPath(new URL('../testing/crash/depositScenario.ts', import.meta.url));
const DEPOSITS = 5;

test('wherever the process is killed, each deposit is made once and told once, in order', async () => {
  await using cleanup = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'weft-crash-'));
  cleanup.defer(() => rm(folder, { recursive: true }));
  const migrations = async (table: string) => {
    const made = await mkdtemp(join(folder, 'm-'));
    const up = `(db) => db.schema.createTable('${table}').addColumn('number', 'bigint').execute()`;
    await writeFile(join(made, '001.ts'), `export const up = ${up};`);
    return made;
  };
  const ledgerMigrations = await migrations('deposit');
  const readerMigrations = await migrations('applied');
  const steps = await crashWithEvents<DepositSetting>({
    script,
    services: [
      { name: 'testing-ledger', consumes: [] },
      { name: 'reader', consumes: ['testing-ledger.deposited'] },
    ],
    async prepare() {
      return {
        ledgerUrl: await postgres.createDatabase(),
        readerUrl: await postgres.createDatabase(),
        ...{ ledgerMigrations, readerMigrations, deposits: DEPOSITS },
      };
    },
    async check({ readerUrl, ledgerUrl }) {
      const numbers = async (url: string, table: string) =>
        (await query(url, `select number::int from ${table} order by ctid`)).map(
          ({ number }) => number,
        );
      const made = await numbers(ledgerUrl, 'deposit');
      const expected = Array.from({ length: made.length }, (_, index) => index + 1);
      assert.ok(made.length > DEPOSITS);
      assert.deepEqual(made, expected);
      assert.deepEqual(await numbers(readerUrl, 'applied'), expected);
    },
  });
  assert.ok(steps.length > 1, `killed at ${steps.length} steps`);
});
