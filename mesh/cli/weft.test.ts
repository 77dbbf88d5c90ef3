import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { Running } from './testing/Running.ts';

test('finds a Node that runs TypeScript when started by one that does not', async () => {
  const manifest = await readFile(new URL('../package.json', import.meta.url), 'utf8');
  const old = 'Object.defineProperty(process.features, "typescript", { value: false })';
  const flags = ['--import', `data:text/javascript,${old}`];
  const { exitCode, stdout, stderr } = await new Running(
    ['--version'],
    process.env,
    flags,
  ).result();
  assert.equal(exitCode, 0, stderr);
  assert.equal(stdout.trim(), JSON.parse(manifest).version);
});

test('explains each command', async () => {
  for (const command of [
    'status',
    'call',
    'exec',
    'routes',
    'split',
    'intention',
    'fault',
    'openapi',
    'new',
  ]) {
    const { exitCode, stdout } = await new Running([command, '--help'], process.env).result();
    assert.equal(exitCode, 0);
    assert.ok(stdout.startsWith(`Usage: weft ${command} `));
    assert.match(stdout, new RegExp(`^Examples:\n {2}weft ${command}`, 'm'));
  }
});

test('prints the interface as a document for other tools, and says which groups there are', async () => {
  const { exitCode, stdout } = await new Running(
    ['openapi', '--group', 'market'],
    process.env,
  ).result();
  assert.equal(exitCode, 0);
  const document = JSON.parse(stdout);
  assert.equal(document.openapi, '3.1.0');
  assert.match(document.paths['/v1/assets'].get.description, /^All assets, ordered by symbol/);
  const unknown = await new Running(['openapi', '--group', 'shoes'], process.env).result();
  assert.equal(unknown.exitCode, 2);
  assert.match(unknown.stderr, /no open method is of the group "shoes"; groups: .*market/);
});
