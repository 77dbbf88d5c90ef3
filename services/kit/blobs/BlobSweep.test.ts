import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { type Kysely, sql } from 'kysely';
import { migrate } from '../database/migrate.ts';
import { openDatabase } from '../database/openDatabase.ts';
import { query } from '../testing/query.ts';
import { quietLog } from '../testing/quietLog.ts';
import { usePostgres } from '../testing/usePostgres.ts';
import { BlobSweep, type NamedBlobs } from './BlobSweep.ts';
import { Blobs } from './Blobs.ts';
import { blobMigrations } from './openBlobs.ts';
import { S3Blobs } from './S3Blobs.ts';
import { S3Server } from './testing/S3Server.ts';

interface DB {
  picture: { blob: string };
}

const postgres = usePostgres();
let opened: AsyncDisposableStack;
let database: Kysely<DB>;
let s3: S3Server;
let sweep: BlobSweep<DB>;
let blobs: Blobs;
beforeEach(async () => {
  opened = new AsyncDisposableStack();
  const url = await postgres.createDatabase();
  await query(url, 'create table picture (blob text)');
  database = await openDatabase<DB>({
    ...{ url, applicationName: 'test', log: quietLog },
    signal: AbortSignal.timeout(60_000),
  });
  opened.defer(() => database.destroy());
  const { folder, ...options } = blobMigrations;
  await migrate(database as never, folder, options);
  s3 = opened.adopt(await S3Server.start(), (each) => each.stop());
  const store = new S3Blobs(s3.options);
  sweep = new BlobSweep({ database, store, named });
  blobs = new Blobs(store, (id) => sweep.note(id));
});
afterEach(() => opened.disposeAsync());

const named: NamedBlobs<DB> = async (tables, ids) => {
  const rows = await tables.selectFrom('picture').select('blob').where('blob', 'in', ids).execute();
  return rows.map(({ blob }) => blob);
};

async function put(text: string): Promise<string> {
  return (await blobs.put([Buffer.from(text)] as never)).id;
}

/** As if all had been put two days ago. */
async function age(): Promise<void> {
  await sql`update weft.blob set put_at = now() - interval '2 days'`.execute(database);
}

test('what no row names for a day is removed, also of uploads that broke off; the rest stays', async () => {
  const [kept, dropped] = [await put('kept'), await put('dropped')];
  await database.insertInto('picture').values({ blob: kept }).execute();
  // Its process ended before it was stored.
  await sweep.note('f'.repeat(64));
  await age();
  const young = await put('young');
  assert.equal(await sweep.run(), 2);
  assert.deepEqual([...s3.objects.keys()].sort(), [kept, young].sort());
  assert.equal(await blobs.find(dropped), undefined);
  assert.equal(await sweep.run(), 0);
  await database.deleteFrom('picture').execute();
  assert.equal(await sweep.run(), 1);
  assert.equal(await put('dropped'), dropped);
  assert.ok(await blobs.find(dropped));
});

test('who puts what is being removed has it: nobody loses what he was told is kept', async () => {
  const id = await put('picture');
  for (let round = 0; round < 40; round += 1) {
    await age();
    await Promise.all([sweep.run(), sweep.run(), put('picture'), put('picture')]);
    assert.ok(await blobs.find(id), `round ${round}`);
  }
});

test('a row that is written while the others are looked at keeps its blob', async () => {
  const id = await put('picture');
  await age();
  let looks = 0;
  const store = new S3Blobs(s3.options);
  const late = new BlobSweep<DB>({
    ...{ database, store },
    async named(tables, ids) {
      looks += 1;
      const found = await named(tables, ids);
      if (looks === 1) await database.insertInto('picture').values({ blob: id }).execute();
      return found;
    },
  });
  assert.equal(await late.run(), 0);
  assert.ok(await blobs.find(id));
});
