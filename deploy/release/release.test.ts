import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { assertReleasable } from './assertReleasable.ts';
import { writeRelease } from './writeRelease.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const packages = ['.', 'proto', 'mesh', 'gateway', 'services'].map((folder) =>
  join(folder, 'package.json'),
);
let root: string;

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'weft-release-'));
  const files = [
    '.npmrc',
    'package-lock.json',
    'buf.yaml',
    'proto/market',
    'proto/weft',
    'third_party',
  ];
  for (const file of [...packages, ...files]) {
    await mkdir(dirname(join(root, file)), { recursive: true });
    await cp(join(repository, file), join(root, file), { recursive: true });
  }
  const config = (await read('buf.yaml')).replace(/ {2}ignore_only:\n( {4}.*\n)*/, '');
  await writeFile(join(root, 'buf.yaml'), config);
  await writeFile(join(root, '.gitignore'), 'node_modules\n');
  await writeFile(join(root, 'CHANGELOG.md'), '# Changelog\n\n## [Unreleased]\n\n- More.\n');
  await symlink(join(repository, 'node_modules'), join(root, 'node_modules'));
  await git('init', '--quiet');
  await commit();
});

after(() => rm(root, { recursive: true, force: true }));

const read = (file: string) => readFile(join(root, file), 'utf8');
const git = (...args: string[]) => execa('git', args, { cwd: root });
const buf = (...args: string[]) =>
  execa(join(repository, 'node_modules/.bin/buf'), args, { cwd: root, reject: false, all: true });
const breaking = () => buf('breaking', 'proto', '--against', 'proto/released.binpb');

async function commit(): Promise<void> {
  await git('add', '--all');
  const author = ['-c', 'user.name=test', '-c', 'user.email=test@example.com'];
  await git(...author, 'commit', '--quiet', '--message', 'All');
}

test('a release is refused before anything is changed', async () => {
  await assertReleasable(root, '99.0.0');
  for (const version of ['0.0.1', '0.1.0', JSON.parse(await read('package.json')).version]) {
    await assert.rejects(assertReleasable(root, version), /is not above/);
  }
  for (const version of ['', '1.2', 'v1.2.3', '1.2.3-rc', '01.2.3']) {
    await assert.rejects(assertReleasable(root, version), /is no version/);
  }
  await git('tag', 'v98.0.0');
  await assert.rejects(assertReleasable(root, '98.0.0'), /The tag v98\.0\.0 exists/);
  await writeFile(join(root, 'forgotten.ts'), '');
  await assert.rejects(assertReleasable(root, '99.0.0'), /forgotten\.ts/);
  await rm(join(root, 'forgotten.ts'));
});

test('a release has its version in all packages, and npm accepts their lockfile', async () => {
  await writeRelease(root, '99.0.0', '2026-11-29');
  for (const file of packages) {
    const manifest = await read(file);
    assert.equal(JSON.parse(manifest).version, '99.0.0');
    assert.doesNotMatch(manifest, /"@weft\/\w+": "(?!99\.0\.0")/);
  }
  const bom = JSON.parse(await read('sbom.cdx.json'));
  assert.equal(bom.metadata.component.version, '99.0.0');
  assert.ok(bom.components.length > 200, `${bom.components.length} components`);
  // npm ci compares the lockfile with the packages before it would install anything.
  const cwd = join(root, 'npm');
  for (const file of ['package-lock.json', ...packages])
    await cp(join(root, file), join(cwd, file));
  const npm = ['ci', '--dry-run', '--ignore-scripts', '--offline'];
  const { exitCode, all } = await execa('npm', npm, { cwd, reject: false, all: true });
  assert.equal(exitCode, 0, all);
  await rm(cwd, { recursive: true });
});

test('the changelog has the release, and room for the next one', async () => {
  assert.equal(
    await read('CHANGELOG.md'),
    '# Changelog\n\n## [Unreleased]\n\n## [99.0.0] - 2026-11-29\n\n- More.\n',
  );
  await commit();
  await assert.rejects(assertReleasable(root, '99.0.1'), /nothing under/);
});

test('after a release, lint refuses a change that breaks its contracts', async () => {
  const unchanged = await breaking();
  assert.equal(unchanged.exitCode, 0, unchanged.all);
  const file = join(root, 'proto/market/v1/analytics.proto');
  const contract = await readFile(file, 'utf8');
  await writeFile(file, contract.replace(/^ +double vwap = \d+;\n/m, ''));
  const broken = await breaking();
  assert.notEqual(broken.exitCode, 0);
  assert.match(broken.all, /proto\/market\/v1\/analytics\.proto:\d+:.*"vwap".*deleted/);
});

test('a breaking change that is meant is written down until the next release, which has it', async () => {
  const config = await read('buf.yaml');
  const entry = '  ignore_only:\n    FIELD_NO_DELETE: [proto/market/v1/analytics.proto]\n';
  await writeFile(join(root, 'buf.yaml'), config + entry);
  const meant = await breaking();
  assert.equal(meant.exitCode, 0, meant.all);
  await writeRelease(root, '99.1.0', '2026-11-30');
  assert.equal(await read('buf.yaml'), config);
  const released = await breaking();
  assert.equal(released.exitCode, 0, released.all);
});
