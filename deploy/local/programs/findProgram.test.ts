import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { consul } from './consul.ts';
import { findProgram, programs } from './findProgram.ts';
import { postgres } from './postgres.ts';

let folder: string;
let kept: NodeJS.ProcessEnv;
beforeEach(async () => {
  folder = await realpath(await mkdtemp('/tmp/weft-find-'));
  kept = { ...process.env };
  for (const { variable } of Object.values(programs)) delete process.env[variable];
  process.env.PATH = join(folder, 'path');
  process.env.WEFT_CACHE = join(folder, 'cache');
});
afterEach(async () => {
  process.env = kept;
  await rm(folder, { recursive: true });
});

/** A program that prints a version. */
async function put(file: string, output = ''): Promise<string> {
  const path = join(folder, file);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `#!/bin/sh\necho '${output}'\n`);
  await chmod(path, 0o755);
  return path;
}

test('the environment variable comes before PATH, PATH before the cache', async () => {
  const cached = await put(`cache/${await consul.cacheName()}/consul`, 'Consul v1.22.2');
  assert.equal(await findProgram('consul'), cached);
  const onPath = await put('path/consul', 'Consul v1.22.7\nRevision abc');
  assert.equal(await findProgram('consul'), onPath);
  process.env.WEFT_CONSUL_BIN = await put('mine', 'not asked');
  assert.equal(await findProgram('consul'), process.env.WEFT_CONSUL_BIN);
});

test('nothing anywhere: it has to be installed', async () => {
  assert.equal(await findProgram('consul'), undefined);
});

test('an old one on PATH is passed over, with a line that says so', async () => {
  const old = await put('path/postgres', 'postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)');
  const cached = await put(`cache/${await postgres.cacheName()}/bin/postgres`);
  const lines: string[] = [];
  assert.equal(await findProgram('postgres', (line) => lines.push(line)), cached);
  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? '', new RegExp(`15\\.18.*${old}`));
});

test('one on PATH counts only with the programs that belong beside it', async () => {
  const real = await put('opt/postgres', 'postgres (PostgreSQL) 18.1');
  await mkdir(join(folder, 'path'));
  await symlink(real, join(folder, 'path/postgres'));
  const lines: string[] = [];
  assert.equal(await findProgram('postgres', (line) => lines.push(line)), undefined);
  assert.match(lines[0] ?? '', /without initdb/);
  await put('opt/initdb');
  assert.equal(await findProgram('postgres'), real);
});

test("Envoy's version is read past its commit", async () => {
  const output = 'envoy  version: 0a1b2c3d4e5f/1.40.3/Clean/RELEASE/BoringSSL';
  const envoy = await put('path/envoy', output);
  assert.equal(await findProgram('envoy'), envoy);
});

test('a variable that names nothing is an error, not passed over', async () => {
  process.env.WEFT_POSTGRES_BIN_DIR = join(folder, 'nowhere');
  await assert.rejects(findProgram('postgres'), /WEFT_POSTGRES_BIN_DIR.*nowhere\/postgres/);
});
