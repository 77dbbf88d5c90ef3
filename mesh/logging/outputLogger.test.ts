import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { outputLogger } from './outputLogger.ts';

/** A process that logs, works on, logs again and exits with 7. */
const PROGRAM = `
  import { outputLogger } from '${new URL('outputLogger.ts', import.meta.url)}';
  const log = outputLogger({});
  log.info('first');
  await new Promise((resolve) => setTimeout(resolve, 50));
  log.info('second');
  process.exit(7);`;

async function run(t: TestContext, stdout: 'pipe' | number): Promise<number> {
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', PROGRAM], {
    stdio: ['ignore', stdout, 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  // Nobody reads what it writes.
  child.stdout?.destroy();
  const [code] = await once(child, 'exit');
  return code;
}

test('a process whose log goes to a full disk works on, and can end', {
  skip: process.platform !== 'linux',
}, async (t) => {
  const full = openSync('/dev/full', 'w');
  t.after(() => closeSync(full));
  assert.equal(await run(t, full), 7);
});

test('a process whose log nobody reads any more works on, and can end', async (t) => {
  assert.equal(await run(t, 'pipe'), 7);
});

test('how many lines were lost is told when lines can be written again', (t, done) => {
  const folder = mkdtempSync(join(tmpdir(), 'weft-log-'));
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const fd = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK);
  t.after(() => {
    closeSync(fd);
    rmSync(folder, { recursive: true });
  });
  const log = outputLogger({}, fd);
  const text = 'x'.repeat(10_000);
  for (let n = 0; n < 200; n += 1) log.info({ n }, text);

  let read = '';
  const readAll = () => {
    const buffer = Buffer.alloc(65_536);
    try {
      for (;;) read += buffer.toString('utf8', 0, readSync(fd, buffer));
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, 'EAGAIN');
    }
  };
  // As often as it takes to write what waited, and the line that is logged then.
  for (let n = 0; n < 100; n += 1) {
    log.info('again');
    readAll();
  }
  setImmediate(() => {
    readAll();
    const lines = read
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const written = lines.filter(({ msg }) => msg === text).length;
    const { lines: lost } = lines.find(({ msg }) => msg.includes('could not be written'));
    assert.ok(lost > 0);
    assert.equal(written + lost, 200);
    done();
  });
});
