import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Contracts } from '@weft/mesh/contracts';
import { freePort } from '@weft/mesh/testing/freePort';
import { askAdmin } from './adminInterface.ts';
import { makeBootstrap } from './makeBootstrap.ts';
import { Envoy } from './testing/Envoy.ts';
import { MarketServer } from './testing/MarketServer.ts';
import { withStaticRoutes } from './testing/staticRoutes.ts';

const contracts = Contracts.load();
const server = new MarketServer(contracts);
let envoy: Envoy;
let folder: string;
let file: string;
let socket: string;
let url: string;
let adminUrl: string;

before(async () => {
  const [port, adminPort] = [await freePort(), await freePort()];
  folder = await mkdtemp(join(tmpdir(), 'weft-drain-'));
  socket = join(folder, 'envoy.sock');
  const where = { address: '127.0.0.1', port, adminPort, controlPlanes: [], identity: '/id/edge' };
  const bootstrap = await withStaticRoutes(
    makeBootstrap(contracts, { ...where, adminSocket: socket }),
    contracts,
    folder,
    await server.start(),
  );
  file = join(folder, 'envoy.json');
  await writeFile(file, JSON.stringify(bootstrap));
  envoy = await Envoy.start(bootstrap, adminPort);
  url = `http://127.0.0.1:${port}`;
  adminUrl = `http://127.0.0.1:${adminPort}`;
});
after(async () => {
  await envoy?.stop();
  server.stop();
  await rm(folder, { recursive: true, force: true });
});

const drain = (...args: string[]) =>
  promisify(execFile)(process.execPath, [
    fileURLToPath(new URL('drain.ts', import.meta.url)),
    ...['--bootstrap', file, ...args],
  ]);

test('no other user of the machine, and no page in a browser, can drain the edge or read its configuration', async () => {
  for (const path of ['/healthcheck/fail', '/drain_listeners?inboundonly', '/quitquitquit', '/']) {
    assert.equal((await fetch(adminUrl + path, { method: 'POST' })).status, 404, path);
  }
  for (const path of ['/config_dump', '/config_dump?resource=bootstrap', '/stats/../config_dump']) {
    assert.equal((await fetch(adminUrl + path)).status, 404, path);
  }
  assert.equal((await stat(socket)).mode & 0o777, 0o600);
  assert.match(await askAdmin(socket, 'GET', '/config_dump'), /"bootstrap"/);
});

test('what watches the edge can read it, by a name of this machine', async () => {
  for (const path of ['/ready', '/stats?filter=edge', '/stats/prometheus', '/clusters']) {
    assert.equal((await fetch(adminUrl + path)).status, 200, path);
  }
  const as = (host: string) =>
    new Promise<number | undefined>((resolve, reject) =>
      get(`${adminUrl}/ready`, { headers: { host } }, (response) => {
        resolve(response.resume().statusCode);
      }).on('error', reject),
    );
  assert.equal(await as('localhost:1234'), 200);
  assert.equal(await as('page.example'), 404);
});

test('a bootstrap without an admin socket is said to have none', async () => {
  const other = join(folder, 'other.json');
  await writeFile(other, '{}');
  await assert.rejects(drain('--bootstrap', other), ({ stderr }) => /no admin socket/.test(stderr));
});

test('an edge that is drained ends what is under way, keeps no connection, and takes no more', async () => {
  const held = fetch(`${url}/v1/assets/HELD/summary`);
  await server.isHolding;
  let isDrained = false;
  const drained = drain('--within', '120000').then(() => {
    isDrained = true;
  });
  while ((await fetch(`${adminUrl}/ready`)).status !== 503) assert.equal(isDrained, false);
  const health = await fetch(`${adminUrl}/health`);
  assert.equal(health.status, 503);
  assert.equal((await health.json()).status, 'draining');
  const other = await fetch(`${url}/v1/assets/A/summary`);
  assert.equal(other.status, 200);
  assert.equal(other.headers.get('connection'), 'close');
  assert.equal(isDrained, false);
  server.release();
  assert.equal((await held).status, 200);
  await drained;
  await assert.rejects(fetch(`${url}/v1/assets/A/summary`));
  assert.equal((await fetch(`${adminUrl}/ready`)).status, 503);
});
