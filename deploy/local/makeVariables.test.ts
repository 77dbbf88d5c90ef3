import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { clone } from '@weft/mesh/local';
import { execa } from 'execa';

let folder: string;
let stub: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weft-make-'));
  // In the place of Node: says what it is given, as arguments and for the tests.
  stub = join(folder, 'stub');
  const all = '"$@" "$WEFT_TEST_ONLY" "$WEFT_TEST_FILES"';
  await writeFile(stub, `#!/bin/sh\nprintf '%s\\0' ${all}\n`);
  await chmod(stub, 0o755);
});
after(() => rm(folder, { recursive: true }));

/** The arguments that a target's program gets. Nothing is made anew for it. */
async function argumentsOf(target: string, variables: Record<string, string>): Promise<string[]> {
  const old = ['proto/gen/image.binpb', 'bench/node_modules/.package-lock.json'];
  const words = Object.entries({ ...variables, NODE: stub }).map(([name, it]) => `${name}=${it}`);
  const { stdout } = await execa(
    'make',
    [target, ...old.flatMap((file) => ['-o', file]), ...words],
    {
      cwd: clone,
      env: { MAKEFLAGS: '', MAKELEVEL: '' },
    },
  );
  const said = stdout.split('\0').slice(0, -1);
  // The last two are for the tests alone.
  return target === 'test' ? said : said.slice(0, -2);
}

const AWKWARD = [
  'M&M.NS',
  '^GSPC',
  '$SPX',
  'BRK/B',
  'EURUSD=X',
  'RDS-A',
  '-X',
  "it's",
  'say "x"',
  'two words',
  '$(shell touch x)',
  '`x`; x | x > x',
  'a#b',
  '100%',
  '*',
  '$$',
];

test('a symbol or a file reaches the replay as it was said, whatever is in it', async () => {
  for (const value of AWKWARD) {
    assert.deepEqual(
      await argumentsOf('replay', {
        ...{ FILE: value, SYMBOL: value, BAD_ROWS: value, RATE: value, BAR: value, ZONE: value },
      }),
      [
        ...['deploy/local/job.ts', 'replay', '--bad-rows', value, '--rate', value],
        ...['--bar', value, '--time-zone', value, '--', value, value],
      ],
    );
  }
});

test('what is not said is not there', async () => {
  assert.deepEqual(await argumentsOf('replay', {}), ['deploy/local/job.ts', 'replay', '--']);
  assert.deepEqual(await argumentsOf('up', {}), ['deploy/local/up.ts']);
  assert.deepEqual(await argumentsOf('bench', {}), ['bench/main.ts']);
});

test('no other variable reaches the shell', async () => {
  for (const value of AWKWARD) {
    assert.deepEqual(await argumentsOf('up', { ONLY: value }), [
      ...['deploy/local/up.ts', '--only', value],
    ]);
    assert.deepEqual((await argumentsOf('down', { ONLY: value })).at(-1), value);
    assert.deepEqual((await argumentsOf('logs', { S: value })).at(-1), value);
    assert.deepEqual((await argumentsOf('soak', { MINUTES: value })).at(-1), value);
    const words = value.split(' ');
    const bench = await argumentsOf('bench', { ONLY: value, BENCH_OPTIONS: value });
    assert.deepEqual(bench, ['bench/main.ts', '--only', value, ...words]);
    const tests = await argumentsOf('test', { ONLY: value, TESTS: value });
    assert.deepEqual(tests.slice(-3), ['test/run.ts', value, value]);
  }
});
