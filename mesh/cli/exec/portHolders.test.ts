import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { isOf, portHolders } from './portHolders.ts';

const skip = process.platform !== 'linux';
const LISTENS = `require('net').createServer().listen(0, '127.0.0.1', function () {
  console.log(this.address().port);
})`;

/** A shell, and the port on which a process that it has started listens. */
async function listenBelow(t: TestContext) {
  const command = `'${process.execPath}' -e "$0" & wait`;
  const shell = spawn('sh', ['-c', command, LISTENS], { detached: true });
  t.after(() => process.kill(-(shell.pid ?? 0), 'SIGKILL'));
  const [port] = await once(shell.stdout, 'data');
  return { pid: shell.pid ?? 0, port: Number(port) };
}

test('who listens on a port is known, with its command, and whose it is', { skip }, async (t) => {
  const other = await listenBelow(t);
  const [holder, ...more] = portHolders(other.port);
  assert.ok(holder && more.length === 0);
  assert.match(holder.command, /createServer\(\)\.listen/);
  assert.notEqual(holder.pid, other.pid);
  assert.ok(isOf(other.pid, holder.pid));
  assert.ok(isOf(process.pid, holder.pid));
  const stranger = await listenBelow(t);
  assert.ok(!isOf(stranger.pid, holder.pid));
});

test('who has only connected to a port does not hold it', { skip }, async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const program = `require('net').connect(${port}, '127.0.0.1', () => console.log('connected'))`;
  const client = spawn(process.execPath, ['-e', program]);
  t.after(() => client.kill('SIGKILL'));
  await once(client.stdout, 'data');
  assert.deepEqual(
    portHolders(port).map(({ pid }) => pid),
    [process.pid],
  );
  assert.deepEqual(portHolders(1), []);
});
