import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { consul } from './consul.ts';
import { programs } from './findProgram.ts';
import { installPrograms } from './installPrograms.ts';

let kept: NodeJS.ProcessEnv;
let cache: string;
beforeEach(async () => {
  kept = { ...process.env };
  cache = await mkdtemp('/tmp/weft-install-');
  for (const { variable } of Object.values(programs)) delete process.env[variable];
  process.env.PATH = '';
  process.env.WEFT_CACHE = cache;
});
afterEach(async () => {
  process.env = kept;
  await rm(cache, { recursive: true });
});

test('what is not needed is neither looked for nor installed', async () => {
  const binary = join(cache, await consul.cacheName(), consul.binary);
  await mkdir(join(binary, '..'));
  await writeFile(binary, '');
  await chmod(binary, 0o755);
  process.env.WEFT_POSTGRES_BIN_DIR = '/nowhere';
  const lines: string[] = [];
  const progress = {
    report: (line: string) => lines.push(line),
    signal: AbortSignal.timeout(60_000),
  };
  assert.deepEqual(await installPrograms(progress, ['consul']), { consul: binary });
  assert.deepEqual(lines, []);
  await assert.rejects(installPrograms(progress, ['postgres']), /WEFT_POSTGRES_BIN_DIR/);
});
