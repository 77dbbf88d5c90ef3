import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Kysely, sql } from 'kysely';
import { quietLog } from '../testing/quietLog.ts';
import { usePostgres } from '../testing/usePostgres.ts';
import { openDatabase } from './openDatabase.ts';

const postgres = usePostgres();
const cleanup = new AsyncDisposableStack();
let root: string;
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'weft-versions-'));
});
after(async () => {
  await cleanup.disposeAsync();
  await rm(root, { recursive: true });
});

/** What each release's migrations say: gifts have a title, then a name, and at last no title any more. */
const RELEASES = [
  [`create table gift (id int primary key, title text not null)`],
  [
    `alter table gift add column name text`,
    `create function gift_title_and_name() returns trigger language plpgsql as $$ begin
       if tg_op = 'INSERT' then
         new.name := coalesce(new.name, new.title);
         new.title := coalesce(new.title, new.name);
       elsif new.name is distinct from old.name then new.title := new.name;
       elsif new.title is distinct from old.title then new.name := new.title;
       end if;
       return new; end $$`,
    `create trigger gift_title_and_name before insert or update on gift
       for each row execute function gift_title_and_name()`,
    `update gift set name = title where name is null`,
  ],
  [
    `drop trigger gift_title_and_name on gift`,
    `drop function gift_title_and_name`,
    `alter table gift alter column name set not null`,
    `alter table gift drop column title`,
  ],
];

/** An instance of a release: it applies the migrations that it knows, and serves by the column that it knows. */
async function start(url: string, release: number) {
  const migrations = join(root, `release-${release}`);
  await mkdir(migrations, { recursive: true });
  for (const [index, statements] of RELEASES.slice(0, release).entries()) {
    const text = `export async function up(db) {
      for (const text of ${JSON.stringify(statements)}) await db.executeQuery({
        sql: text, parameters: [], query: { kind: 'RawNode', sqlFragments: [text], parameters: [] },
      });
    }`;
    await writeFile(join(migrations, `00${index + 1}.ts`), text);
  }
  const options = { url, migrations, applicationName: `release ${release}`, log: quietLog };
  const database: Kysely<unknown> = await openDatabase({
    ...options,
    signal: AbortSignal.timeout(60_000),
  });
  cleanup.defer(() => database.destroy());
  const column = sql.ref(release === 1 ? 'title' : 'name');
  return {
    add: (id: number, text: string) =>
      sql`insert into gift (id, ${column}) values (${id}, ${text})`.execute(database),
    change: (id: number, text: string) =>
      sql`update gift set ${column} = ${text} where id = ${id}`.execute(database),
    async read() {
      const { rows } = await sql<{ text: string }>`
        select ${column} as text from gift order by id`.execute(database);
      return rows.map(({ text }) => text);
    },
  };
}

test('while a release goes out, both versions serve, and each reads what the other writes', async () => {
  const url = await postgres.createDatabase();
  const old = await start(url, 1);
  await old.add(1, 'before');
  // The old version serves all the time, also while the new one migrates.
  let isDone = false;
  let served = 0;
  const serving = (async () => {
    for (let id = 100; !isDone; id += 1) {
      await old.add(id, `old ${id}`);
      assert.equal((await old.read()).at(-1), `old ${id}`);
      served += 1;
    }
  })();
  const next = await start(url, 2);
  await next.add(2, 'by the new one');
  await old.change(1, 'changed by the old one');
  await old.change(2, 'and again');
  await next.change(1, 'changed by the new one');
  isDone = true;
  await serving;
  assert.ok(served > 0);
  assert.deepEqual(await next.read(), await old.read());
  assert.deepEqual((await next.read()).slice(0, 2), ['changed by the new one', 'and again']);
  // A restart of the old version, as an orchestrator may do, refuses nothing that it finds.
  const again = await start(url, 1);
  await again.add(5, 'started anew');
  assert.deepEqual(await again.read(), await next.read());

  const last = await start(url, 3);
  await next.add(3, 'by the one before the last');
  await last.add(4, 'by the last');
  assert.deepEqual(await next.read(), await last.read());
  await assert.rejects(old.read(), /column "title" does not exist/);
});
