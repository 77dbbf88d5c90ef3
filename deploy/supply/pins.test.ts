import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isAllowed, PROGRAM_LICENCES } from './licences.ts';
import { readPins } from './pins.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const pins = readPins(root);

test('all that is installed is named by its version and its hash', () => {
  const count = (kind: string) => pins.filter((pin) => pin.kind === kind).length;
  assert.ok(count('npm') > 200 && count('pypi') >= 4 && count('golang') > 100);
  const unseen = pins.filter(({ version, hashes }) => version === '' || hashes.length === 0);
  assert.deepEqual(
    unseen.map(({ file, name, version }) => `${file}: ${name} ${version}`),
    [],
  );
});

test('no package runs a script when it is installed, which could fetch what no lock file names', () => {
  for (const file of ['.npmrc', 'bench/.npmrc']) {
    assert.match(readFileSync(join(root, file), 'utf8'), /^ignore-scripts=true$/m, file);
  }
});

test('every package is under a licence that asks no more than to be named', () => {
  const others = pins.filter(({ kind, licence }) => kind === 'npm' && !isAllowed(licence));
  assert.deepEqual(
    others.map(({ file, name, licence }) => `${file}: ${name}: ${licence}`),
    [],
  );
  for (const { kind, name } of pins) {
    if (kind === 'pypi') assert.ok(PROGRAM_LICENCES[name], name);
  }
});

test('a licence counts as allowed only when all that it asks for is', () => {
  for (const good of ['MIT', '(BSD-3-Clause OR GPL-2.0)', '(Apache-2.0 AND BSD-3-Clause)']) {
    assert.ok(isAllowed(good), good);
  }
  for (const bad of [undefined, '', 'GPL-3.0-only', 'MIT AND GPL-2.0', 'SEE LICENSE IN X']) {
    assert.ok(!isAllowed(bad), bad);
  }
});
