import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { TestIdentity } from '@weft/mesh/testing/TestIdentity';
import { trustFiles } from './trustFiles.ts';
import { NO_TRUST, prepareTrust, writeTrust } from './writeTrust.ts';

const folder = mkdtempSync(join(tmpdir(), 'weft-trust-'));
const files = trustFiles(folder);
after(() => rmSync(folder, { recursive: true }));

test('a revocation leaves the edge what it has verified: the keys are told anew only when they are others', async () => {
  prepareTrust(folder);
  const [one, two] = [await TestIdentity.create(), await TestIdentity.create()];
  const filters = () => [files.accessTokens, files.innerTokens].map((file) => statSync(file).ino);
  const credentials = () => readFileSync(files.credentials, 'utf8').split('\n');

  writeTrust(folder, { ...NO_TRUST, jwks: one.jwks });
  const [before, first] = [filters(), credentials()];
  writeTrust(folder, { ...NO_TRUST, jwks: one.jwks, revoked: new Set(['a', 'b']) });
  assert.deepEqual(filters(), before);
  assert.deepEqual(credentials().slice(1, -1), ['revoked a', 'revoked b']);
  assert.notEqual(credentials()[0], first[0], 'by the first line it is seen that there is more');

  writeTrust(folder, { ...NO_TRUST, jwks: two.jwks });
  for (const [index, inode] of filters().entries()) assert.notEqual(inode, before[index]);
  assert.doesNotMatch(readFileSync(files.accessTokens, 'utf8'), new RegExp(one.key.kid));
});
