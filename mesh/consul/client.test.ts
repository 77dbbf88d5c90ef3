import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ConsulClient, ConsulError } from './index.ts';

test("an agent's Unix socket is asked, each time with the token of the moment", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'weft-socket-'));
  t.after(() => rm(folder, { recursive: true }));
  const socket = join(folder, 'consul.sock');
  const asked: unknown[] = [];
  const agent = createServer(({ url, headers }, response) => {
    asked.push([url, headers['x-consul-token']]);
    response.setHeader('content-type', 'application/json').end('{}');
  }).listen(socket);
  await once(agent, 'listening');
  t.after(() => {
    agent.closeAllConnections();
    agent.close();
  });

  let token = 'one';
  const consul = new ConsulClient({ address: `unix://${socket}`, token: () => token });
  assert.equal(consul.address, `unix://${socket}`);
  await consul.read('/status/leader');
  token = 'two';
  await consul.write('/agent/service/register', {});
  assert.deepEqual(asked, [
    ['/v1/status/leader', 'one'],
    ['/v1/agent/service/register', 'two'],
  ]);
});

test('a socket that is not there is said to be', async () => {
  const consul = new ConsulClient({ address: 'unix:///nowhere/consul.sock', token: '' });
  await assert.rejects(consul.read('/status/leader'), (error: ConsulError) => {
    assert.match(error.message, /could not be asked: \/status\/leader: .*\/nowhere\/consul\.sock/);
    return error instanceof ConsulError && error.statusCode === undefined;
  });
});
