import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { npmDifferences, pythonDifferences } from './installed.ts';
import { isAtLeast, readAudit } from './vulnerabilities.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weft-audit-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('a package that is not the one of the lock file, or in none, is named', async () => {
  await mkdir(join(folder, 'node_modules'));
  const lock = (packages: object) => JSON.stringify({ packages });
  const installed = { 'node_modules/a': { integrity: 'x' }, 'node_modules/b': { integrity: 'y' } };
  await writeFile(join(folder, 'node_modules/.package-lock.json'), lock(installed));
  await writeFile(join(folder, 'package-lock.json'), lock(installed));
  assert.deepEqual(npmDifferences(folder), []);
  const other = { 'node_modules/a': { integrity: 'z' } };
  await writeFile(join(folder, 'package-lock.json'), lock(other));
  assert.deepEqual(npmDifferences(folder), [
    'node_modules/a is not the one of the lock file',
    'node_modules/b is in no lock file',
  ]);
});

test('a program that was changed after it was installed is named', async () => {
  const packages = join(folder, 'lib/python3.11/site-packages');
  await mkdir(join(packages, 'p-1.dist-info'), { recursive: true });
  await mkdir(join(folder, 'bin'));
  const hash = createHash('sha256').update('whole').digest('base64url');
  const record = `../../../bin/p,sha256=${hash},5\np-1.dist-info/RECORD,,\n`;
  await writeFile(join(packages, 'p-1.dist-info/RECORD'), record);
  await writeFile(join(folder, 'bin/p'), 'whole');
  assert.deepEqual(pythonDifferences(folder), []);
  await writeFile(join(folder, 'bin/p'), 'other');
  assert.match(pythonDifferences(folder).join(), /bin\/p is not the one that was installed/);
  await rm(join(folder, 'bin/p'));
  assert.match(pythonDifferences(folder).join(), /bin\/p is not there/);
});

test('what is known against a package is told with its level, and silence is no good news', () => {
  const via = [{ title: 'reads too much', url: 'https://example/1' }];
  const [found] = readAudit(
    JSON.stringify({ vulnerabilities: { a: { severity: 'high', range: '<2', via } } }),
  );
  assert.deepEqual(found, {
    name: 'a',
    level: 'high',
    about: 'reads too much (https://example/1); <2',
  });
  assert.ok(found && isAtLeast(found, 'moderate') && !isAtLeast(found, 'critical'));
  assert.deepEqual(readAudit('{"vulnerabilities":{}}'), []);
  assert.throws(() => readAudit('{"message":"405 Method Not Allowed"}'), /tells nothing.*405/);
  assert.throws(() => readAudit(''), /no JSON/);
});
