import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { installOnce } from './installOnce.ts';

const progress = { report: () => {}, signal: new AbortController().signal };
let cache: string;
let folder: string;
beforeEach(async () => {
  cache = await mkdtemp('/tmp/weft-install-');
  folder = join(cache, 'thing-1.0');
});
afterEach(() => rm(cache, { recursive: true }));

const writeThing = (made: string) => writeFile(join(made, 'thing'), 'whole');

test('two at once build once', async () => {
  let builds = 0;
  const build = async (made: string) => {
    builds += 1;
    await delay(300);
    await writeThing(made);
  };
  await Promise.all([installOnce(folder, build, progress), installOnce(folder, build, progress)]);
  assert.equal(builds, 1);
  assert.equal(await readFile(join(folder, 'thing'), 'utf8'), 'whole');
});

test('a failed build leaves nothing that looks installed, and the next one succeeds', async () => {
  const fail = async (made: string) => {
    await writeFile(join(made, 'thing'), 'half');
    throw new Error('disk full');
  };
  await assert.rejects(installOnce(folder, fail, progress), /disk full/);
  assert.equal(existsSync(folder), false);
  await installOnce(folder, writeThing, progress);
  assert.equal(await readFile(join(folder, 'thing'), 'utf8'), 'whole');
});

test('what a killed install left neither counts nor stays', async () => {
  const source = `
    import { writeFile } from 'node:fs/promises';
    import { installOnce } from '${new URL('installOnce.ts', import.meta.url)}';
    await installOnce(process.argv[1], async (made) => {
      await writeFile(made + '/thing', 'half');
      console.log('half way');
      await new Promise((resolve) => setTimeout(resolve, 60_000));
    }, { report() {}, signal: new AbortController().signal });`;
  const node = [
    ...process.execArgv.filter((flag) => !flag.startsWith('--test')),
    '--input-type=module',
  ];
  const victim = execa(process.execPath, [...node, '-e', source, folder], { reject: false });
  for await (const line of victim) if (line === 'half way') victim.kill('SIGKILL');
  assert.equal((await victim).signal, 'SIGKILL');
  assert.equal(existsSync(folder), false);

  await installOnce(folder, writeThing, progress);
  assert.equal(await readFile(join(folder, 'thing'), 'utf8'), 'whole');
  assert.equal((await readdir(cache)).length, 2, 'the link and what it points to');
});
