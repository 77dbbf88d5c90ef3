import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { execa } from 'execa';
import { type ChosenCache, chooseCache } from './chooseCache.ts';

const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;

let root: string;
let theirs: string;
let own: string;
beforeEach(async () => {
  root = await mkdtemp('/tmp/weft-cache-');
  theirs = join(root, 'theirs');
  own = join(root, 'home/weft');
  await chmod(root, 0o755);
  await mkdir(theirs);
});
afterEach(async () => {
  await chmod(theirs, 0o755);
  await rm(root, { recursive: true });
});

async function put(file: string, mode = 0o755): Promise<void> {
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(file, '');
  await chmod(file, mode);
}

/** What a user chooses who has no rights beyond those that modes give: root has all. */
async function choose(env: NodeJS.ProcessEnv = { WEFT_CACHE: theirs }): Promise<ChosenCache> {
  const environment = { XDG_CACHE_HOME: join(root, 'home'), ...env };
  if (!isRoot) return chooseCache('thing-1', 'bin/thing', environment);
  const source = `
    process.setgid(${NOBODY});
    process.setgroups([]);
    process.setuid(${NOBODY});
    const environment = JSON.parse(process.argv[1]);
    const chosen = await chooseCache('thing-1', 'bin/thing', environment).catch(({ message }) => ({ message }));
    console.log(JSON.stringify(chosen));`;
  // Imported before the rights are given up: a clone may lie in a closed folder.
  const script = `import { chooseCache } from '${new URL('chooseCache.ts', import.meta.url)}';${source}`;
  const node = ['--input-type=module', '-e', script, JSON.stringify(environment)];
  const { stdout } = await execa(process.execPath, node);
  const chosen = JSON.parse(stdout);
  if ('message' in chosen) throw new Error(chosen.message);
  return chosen;
}

test("another user's cache is used where what is needed can be run", async () => {
  await put(join(theirs, 'thing-1/bin/thing'));
  await chmod(theirs, 0o555);
  assert.deepEqual(await choose(), { folder: join(theirs, 'thing-1'), isInstalled: true });
});

test('a cache that can be written to is installed into, though it is not there yet', async () => {
  await chmod(theirs, 0o777);
  const WEFT_CACHE = join(theirs, 'not/yet');
  assert.deepEqual(await choose({ WEFT_CACHE }), {
    folder: join(WEFT_CACHE, 'thing-1'),
    isInstalled: false,
  });
});

test('a cache that can be neither run from nor written to is passed over, and it is said why', async () => {
  await chmod(theirs, 0o555);
  const reason = `WEFT_CACHE is of no use: this user may not write to ${theirs}`;
  const folder = join(own, 'thing-1');
  assert.deepEqual(await choose(), { folder, isInstalled: false, reason });
  await put(join(own, 'thing-1/bin/thing'));
  assert.deepEqual(await choose(), { folder, isInstalled: true, reason });
  await chmod(theirs, 0o000);
  assert.deepEqual(await choose(), { folder, isInstalled: true, reason });
});

test('a program that only its owner may run is passed over, and it is said why', async () => {
  await put(join(theirs, 'thing-1/bin/thing'), 0o600);
  await chmod(theirs, 0o777);
  const { folder, reason } = await choose();
  assert.equal(folder, join(own, 'thing-1'));
  assert.match(reason ?? '', /what lies in .*theirs\/thing-1 cannot be run by this user/);
});

test('where there is no other cache, it is an error that says what is wrong', async () => {
  const there = join(own, 'thing-1/bin/thing');
  await put(there, 0o600);
  await assert.rejects(choose({}), /what lies in .*home\/weft\/thing-1 cannot be run/);
});
