import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CliMesh } from '../mesh/cli/testing/CliMesh.ts';
import { startPostgres } from '../services/kit/testing/startPostgres.ts';
import { waitFor } from './support/waitFor.ts';

const cleanup = new AsyncDisposableStack();
let mesh: CliMesh;

before(async () => {
  const postgres = cleanup.adopt(await startPostgres(), (each) => each.stop());
  mesh = cleanup.adopt(await CliMesh.start(), (each) => each.stop());
  await mesh.consul.intend('bank', { cli: 'allow', stranger: 'allow' });
  const folder = await mkdtemp(join(tmpdir(), 'weft-saga-'));
  cleanup.defer(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, 'migrations'));
  const script = fileURLToPath(new URL('support/sagaMember.ts', import.meta.url));
  const member = fork(script, [folder], {
    env: {
      ...mesh.env,
      DATABASE_URL: postgres.url,
      WEFT_LOG_LEVEL: 'fatal',
    },
  });
  cleanup.defer(() => void member.kill('SIGKILL'));
  await once(member, 'message');
});
after(() => cleanup.disposeAsync());

const weft = (...args: string[]) => mesh.run(['saga', ...args]);

async function idOf(name: string): Promise<string> {
  const { stdout } = await weft('list');
  return new RegExp(`bank +([0-9a-f-]{36}) +${name}`).exec(stdout)?.[1] ?? '';
}

test('an operator sees what fails and why, and has it undone; what cannot be is said', async () => {
  await waitFor('both fail', async () => {
    const { stdout } = await weft('list', '--failing');
    return /second, \d+ times/.test(stdout) && /noted, \d+ times/.test(stdout);
  });
  const { stdout } = await weft('list', 'bank', '--name', 'stuck');
  assert.match(stdout, /stuck order-1 +running .*second, \d+ times: Error: the \\u001b\[31mbank/);
  assert.doesNotMatch(stdout, /forward/);

  const stuck = await idOf('stuck');
  assert.match((await weft('retry', 'bank', stuck)).stdout, /stuck .*: running/);
  assert.match((await weft('cancel', 'bank', stuck)).stdout, /for +user:4711/);
  await waitFor('it is undone', async () =>
    /: compensated/.test((await weft('show', 'bank', stuck)).stdout),
  );
  const shown = (await weft('show', 'bank', stuck)).stdout;
  for (const step of ['first', 'second', 'second:undo', 'first:undo']) {
    assert.match(shown, new RegExp(`^${step} `, 'm'));
  }
  assert.match((await weft('list', '--ended')).stdout, /compensated, .*|compensated/);

  const refusals: [string[], RegExp][] = [
    [['cancel', 'bank', await idOf('forward')], /FAILED_PRECONDITION.*"sent".*only goes forward/],
    [['retry', 'bank', stuck], /FAILED_PRECONDITION.*has ended/],
    [['show', 'bank', '0198c5f0-7b1e-7c3a-9a51-2f7c0d1e4b6a'], /NOT_FOUND/],
    [['show', 'bank', 'nonsense'], /INVALID_ARGUMENT/],
  ];
  for (const [args, message] of refusals) {
    const result = await weft(...args);
    assert.equal(result.exitCode, 1, args.join(' '));
    assert.match(result.stderr, message);
  }
});

test('another service sees and does nothing, though it may call', async () => {
  for (const method of ['ListSagas', 'CancelSaga']) {
    const request = method === 'ListSagas' ? '{}' : `{"id":"${await idOf('forward')}"}`;
    const { stderr } = await mesh.run([
      ...['call', '--as', 'stranger', '--service', 'bank'],
      ...[`weft.sagas.v1.SagaService/${method}`, request],
    ]);
    assert.match(stderr, /PERMISSION_DENIED.*for operators/);
  }
});
