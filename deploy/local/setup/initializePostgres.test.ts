import assert from 'node:assert/strict';
import { chown, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { execa } from 'execa';
import { postgres } from '../programs/postgres.ts';
import { Folders } from '../settings/Folders.ts';
import { quiet } from '../testing/quiet.ts';
import { dataFolder, initializePostgres } from './initializePostgres.ts';

const nobody = { name: 'nobody', uid: 65_534, gid: 65_534 };

test("PostgreSQL's user gains nothing from links that it plants where root makes its data", {
  skip: process.getuid?.() === 0 ? false : 'only root runs PostgreSQL as somebody else',
}, async () => {
  const root = await mkdtemp(join(tmpdir(), 'weft-planted-'));
  try {
    await execa('chmod', ['711', root]);
    const binaries = join(root, 'programs');
    await postgres.install(binaries, quiet);
    const victim = join(root, 'victim');
    await mkdir(victim);
    const file = join(victim, 'shadow');
    await writeFile(file, 'untouched', { mode: 0o600 });

    const folders = new Folders(join(root, 'home'));
    await mkdir(folders.postgres, { recursive: true });
    await symlink(file, join(folders.postgres, 'password'));
    await symlink(victim, `${dataFolder(folders)}.new`);
    await chown(folders.postgres, nobody.uid, nobody.gid);

    await initializePostgres(folders, join(binaries, 'bin/postgres'), nobody);

    assert.equal((await stat(file)).uid, 0);
    assert.equal(await readFile(file, 'utf8'), 'untouched');
    const version = join(dataFolder(folders), 'PG_VERSION');
    assert.equal((await readFile(version, 'utf8')).trim(), '18');
    assert.equal((await stat(version)).uid, nobody.uid);
  } finally {
    await rm(root, { recursive: true });
  }
});
