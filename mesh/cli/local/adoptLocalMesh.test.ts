import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { marker, RECORD_FILE, SUPERVISOR_PID_FILE } from '@weft/mesh/local';
import { adoptLocalMesh } from './adoptLocalMesh.ts';

const RECORDED = {
  CONSUL_HTTP_ADDR: 'http://127.0.0.1:24002',
  WEFT_XDS_SERVER: 'ipv4:127.0.0.1:24007',
  CONSUL_HTTP_TOKEN_FILE: '/of/the/record',
  WEFT_LOGIN_KEY: '/of/the/record/too',
};
let home: string;
let supervisor: ChildProcess;
before(async () => {
  home = await realpath(await mkdtemp(join(tmpdir(), 'weft it is ')));
  // What the record is of lives as long as its supervisor.
  const env = { [marker]: home };
  supervisor = spawn(process.execPath, ['-e', 'process.stdin.resume(); console.log()'], {
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(supervisor.stdout as NodeJS.ReadableStream, 'data');
  await writeFile(join(home, SUPERVISOR_PID_FILE), `${supervisor.pid}\n`);
  const record = { environment: RECORDED, processes: [] };
  await writeFile(join(home, RECORD_FILE), JSON.stringify(record));
});
after(async () => {
  supervisor.kill('SIGKILL');
  await rm(home, { recursive: true });
});

async function adopt(env: NodeJS.ProcessEnv): Promise<NodeJS.ProcessEnv> {
  const copy = { WEFT_HOME: home, ...env };
  await adoptLocalMesh(copy);
  return copy;
}

test('without a word, weft speaks with the mesh that runs, on whatever ports', async () => {
  assert.deepEqual(await adopt({}), { WEFT_HOME: home, ...RECORDED });
});

test('who names another mesh gets nothing of the record, least of all its token', async () => {
  const elsewhere = { CONSUL_HTTP_ADDR: 'http://10.0.0.1:8500' };
  assert.deepEqual(await adopt(elsewhere), { WEFT_HOME: home, ...elsewhere });
});

test('a token of the own stays', async () => {
  const { CONSUL_HTTP_ADDR, WEFT_XDS_SERVER } = RECORDED;
  const mine = { CONSUL_HTTP_TOKEN: 'mine' };
  assert.deepEqual(await adopt(mine), {
    ...{ WEFT_HOME: home, CONSUL_HTTP_ADDR, WEFT_XDS_SERVER },
    ...mine,
  });
});

test('the record of a mesh that has ended says nothing', async () => {
  supervisor.kill('SIGKILL');
  await once(supervisor, 'exit');
  assert.deepEqual(await adopt({}), { WEFT_HOME: home });
});
