import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { adminSocketOf } from './adminInterface.ts';

const main = fileURLToPath(new URL('main.ts', import.meta.url));
const required = ['--identity', '/id/gateway-1', '--admin-port', '9901'];
let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weft-gateway-'));
});
after(() => rm(folder, { recursive: true }));

function run(...args: string[]): Promise<{ stdout: string; stderr: string }> {
  const env = { ...process.env, WEFT_XDS_SERVER: 'ipv4:127.0.0.1:18000,127.0.0.1:18002' };
  return promisify(execFile)(process.execPath, [main, ...args], { env });
}

test('writes the bootstrap, with the control planes that the environment names', async () => {
  const out = join(folder, 'new/envoy.json');
  await run('--out', out, ...required);
  const bootstrap = JSON.parse(await readFile(out, 'utf8'));
  const cluster = bootstrap.static_resources.clusters.find(
    ({ name }: { name: string }) => name === 'weft-control',
  );
  const ports = cluster.load_assignment.endpoints[0].lb_endpoints.map(
    (entry: { endpoint: { address: { socket_address: { port_value: number } } } }) =>
      entry.endpoint.address.socket_address.port_value,
  );
  assert.deepEqual(ports, [18_000, 18_002]);
  assert.deepEqual(await readdir(join(folder, 'new')), ['envoy.contracts', 'envoy.json']);
});

test('what the contracts make lies beside it, closed to others, and the same contracts write nothing anew', async () => {
  const out = join(folder, 'beside/envoy.json');
  await run('--out', out, ...required);
  const filters = join(folder, 'beside/envoy.contracts');
  const files = [out, ...(await readdir(filters)).map((file) => join(filters, file))];
  assert.equal(files.length, 5);
  const stats = () => Promise.all(files.map((file) => stat(file)));
  const before = await stats();
  for (const { mode } of before) assert.equal(mode & 0o077, 0);
  await run('--out', out, ...required);
  const inodes = (all: typeof before) => all.map(({ ino }) => ino);
  assert.deepEqual(inodes(await stats()), inodes(before));
});

test('an edge turns requests away beyond the memory that it is given', async () => {
  const out = join(folder, 'small/envoy.json');
  await run('--out', out, '--memory', '512', ...required);
  const { resource_monitors } = JSON.parse(await readFile(out, 'utf8')).overload_manager;
  assert.equal(resource_monitors[0].typed_config.max_heap_size_bytes, 512 * 1024 * 1024);
});

test('control planes on Unix sockets are named as the runtime names them', async () => {
  const out = join(folder, 'sockets/envoy.json');
  await run('--out', out, '--xds', 'unix:/run/weft/a.sock,/run/weft/b.sock', ...required);
  const bootstrap = JSON.parse(await readFile(out, 'utf8'));
  const cluster = bootstrap.static_resources.clusters.find(
    ({ name }: { name: string }) => name === 'weft-control',
  );
  assert.deepEqual(
    cluster.load_assignment.endpoints[0].lb_endpoints.map(
      (entry: { endpoint: { address: object } }) => entry.endpoint.address,
    ),
    [{ pipe: { path: '/run/weft/a.sock' } }, { pipe: { path: '/run/weft/b.sock' } }],
  );
});

test('the edge can be drained by its owner alone: by a socket beside the bootstrap, whose file is closed to others', async () => {
  const out = join(folder, 'closed/envoy.json');
  await run('--out', out, ...required);
  assert.equal((await stat(out)).mode & 0o077, 0);
  const bootstrap = JSON.parse(await readFile(out, 'utf8'));
  assert.equal(adminSocketOf(bootstrap), join(folder, 'closed/envoy.sock'));
  assert.equal(bootstrap.admin.address.pipe.mode, 0o600);
});

test('an edge starts before it has been told who signs tokens, with files that are closed to others', async () => {
  const trust = join(folder, 'trust');
  await run('--out', join(folder, 'trusting/envoy.json'), '--trust', trust, ...required);
  const files = await readdir(trust);
  assert.deepEqual(files.sort(), ['access-tokens.json', 'credentials', 'inner-tokens.json']);
  for (const file of files) assert.equal((await stat(join(trust, file))).mode & 0o077, 0);
  await writeFile(join(trust, 'credentials'), 'told');
  await run('--out', join(folder, 'trusting/envoy.json'), '--trust', trust, ...required);
  assert.equal(await readFile(join(trust, 'credentials'), 'utf8'), 'told', 'it knows no better');
});

for (const [what, args, message] of [
  ['a port beyond all ports', ['--port', '70000'], /1 to 65535/],
  ['a control plane without a port', ['--xds', '127.0.0.1'], /"127.0.0.1" is not IP:PORT/],
  ['an address that is a name', ['--address', 'localhost'], /IP address/],
  ['less memory than it needs', ['--memory', '100'], /256 or more/],
  ['a number of hops that is none', ['--trusted-hops', 'all'], /0 to 9/],
  [
    'a folder whose path no socket can have',
    ['--out', `/tmp/${'x'.repeat(100)}/envoy.json`],
    /socket/,
  ],
  ['an image that is not there', ['--contracts', '/no/image'], /\/no\/image/],
] as const) {
  test(`refuses ${what}, in a line`, async () => {
    const out = join(folder, 'refused.json');
    await assert.rejects(run('--out', out, ...required, ...args), ({ code, stderr }) => {
      assert.equal(code, 1);
      assert.match(stderr, message);
      assert.equal(stderr.trim().split('\n').length, 1);
      return true;
    });
  });
}
