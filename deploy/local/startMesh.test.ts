import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { isAlive, readEnvironment, readMemory } from '@weft/mesh/local';
import pg from 'pg';
import { eventually } from '../../mesh/testing/eventually.ts';
import { findMeshProcesses } from './host/meshProcesses.ts';
import type { Mesh } from './Mesh.ts';
import { removeServices } from './removeServices.ts';
import { freePorts } from './settings/freePorts.ts';
import { localAdminUrl } from './setup/adminConnection.ts';
import { allowCalls } from './setup/allowCalls.ts';
import { databaseUrl, provisionDatabase } from './setup/provisionDatabase.ts';
import { type StartOptions, startMesh } from './startMesh.ts';
import { stopMesh } from './stopMesh.ts';
import { Supervisor } from './supervisor/Supervisor.ts';
import { MeshHome } from './testing/MeshHome.ts';
import { quiet } from './testing/quiet.ts';
import { writeServices } from './testing/writeServices.ts';

const all = ['consul', 'postgres', 'control', 'one', 'gateway-trust', 'gateway'];
let homeFolder: MeshHome;
let home: string;
let mesh: Mesh;
let servicesFolder: string;
/** Starts as the tests do: one service, with a database. */
const start = (options: Partial<StartOptions> = {}, progress = quiet) =>
  startMesh({ home, servicesFolder, only: ['one'], ...options }, progress);

/** Of whoever starts the mesh: the first is nobody's, the second service one's. */
const SECRETS = { AWS_SECRET_ACCESS_KEY: 'of-the-starter', ONE_KEY: '{"of": "one"}' };

before(async () => {
  Object.assign(process.env, SECRETS);
  servicesFolder = await writeServices();
  homeFolder = await MeshHome.make();
  home = homeFolder.path;
  mesh = await start();
});
after(async () => {
  for (const name of Object.keys(SECRETS)) delete process.env[name];
  await homeFolder?.[Symbol.asyncDispose]();
  await rm(servicesFolder, { recursive: true });
});

const pids = async (names: readonly string[] = all) =>
  Promise.all(names.map((name) => mesh.pid(name)));
const running = () => mesh.plan.processes.map(({ name }) => name);

/** Names of what its supervisor runs. */
async function supervised({ supervisor }: Mesh): Promise<string[]> {
  const states = await supervisor.states();
  return states.filter(({ pid }) => pid !== undefined).map(({ name }) => name);
}

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

test('all of it is healthy, and a second start changes nothing', async () => {
  const before = await pids();
  const reports = await mesh.reports();
  assert.deepEqual(
    reports.map(({ name, state, problem }) => [name, state, problem]),
    all.map((name) => [name, 'RUNNING', undefined]),
  );
  mesh = await start();
  assert.deepEqual(await pids(), before);
});

test('what holds a password is closed to others', async () => {
  const { folders } = mesh.plan;
  const files = [folders.supervisorConfig, folders.record, join(folders.secrets, 'weft')];
  for (const file of files) assert.equal((await stat(file)).mode & 0o077, 0, file);
});

test('what else its starter has in his environment reaches no process, and of other services none', async () => {
  const processes = await findMeshProcesses(home);
  assert.ok(processes.length > all.length);
  const having = async (variable: string) => {
    const holders = processes.map(async ({ pid, command }) =>
      (await readEnvironment(pid)).includes(variable) ? [command] : [],
    );
    return (await Promise.all(holders)).flat();
  };
  assert.deepEqual(await having(`AWS_SECRET_ACCESS_KEY=${SECRETS.AWS_SECRET_ACCESS_KEY}`), []);
  const ones = await having(`ONE_KEY=${SECRETS.ONE_KEY}`);
  assert.equal(ones.length, 2, String(ones));
  for (const command of ones) assert.match(command, /--service one|main\.mjs/);
});

test('the folders of processes are closed to others', async () => {
  const { folders } = mesh.plan;
  const names = (await readdir(home, { withFileTypes: true })).filter((one) => one.isDirectory());
  assert.ok(names.length >= 6, String(names.length));
  const identities = await readdir(join(home, 'identity'));
  for (const name of [
    ...names.map(({ name }) => name),
    ...identities.map((id) => `identity/${id}`),
  ]) {
    assert.equal((await stat(join(folders.home, name))).mode & 0o077, 0, name);
  }
});

test('more is added to a running mesh without a restart of what runs, and taken away again', async () => {
  const before = await pids();
  mesh = await start({ only: ['lab'] });
  assert.deepEqual(running(), [
    'consul',
    'postgres',
    'control',
    'one',
    'two',
    'gateway-trust',
    'gateway',
  ]);
  assert.deepEqual(await pids(), before);
  const { Sources } = (
    await mesh.consul.read<{ Sources: { Name: string }[] }>('/config/service-intentions/one')
  ).value;
  assert.ok(Sources.some(({ Name }) => Name === 'two'));

  mesh = await removeServices(mesh, ['two']);
  assert.deepEqual(running(), all);
  assert.deepEqual((await supervised(mesh)).sort(), [...all].sort());
  assert.deepEqual(await pids(), before);
});

test('an engine that nobody needs any more goes, and comes back with who does', async () => {
  mesh = await start({ only: ['three'] });
  const before = await pids(['consul', 'three', 'gateway']);
  mesh = await removeServices(mesh, ['one']);
  assert.deepEqual(running(), ['consul', 'control', 'three', 'gateway-trust', 'gateway']);
  assert.deepEqual((await supervised(mesh)).sort(), running().sort());
  mesh = await start();
  mesh = await removeServices(mesh, ['three']);
  assert.deepEqual(await pids(['consul', 'gateway']), [before[0], before[2]]);
});

test('what is added and does not come up is taken away again, and what ran goes on', async () => {
  const before = await pids();
  const program = join(servicesFolder, 'shop/three/main.mjs');
  const sound = await readFile(program, 'utf8');
  await writeFile(program, "throw new Error('no such luck')");
  await assert.rejects(start({ only: ['three'] }), { name: 'UnhealthyError', process: 'three' });
  assert.deepEqual((await supervised(mesh)).sort(), [...all].sort());
  assert.deepEqual(await pids(), before);
  await writeFile(program, sound);
});

test('an unknown name starts nothing', async () => {
  const other = await mkdtemp('/tmp/weft-start-');
  await assert.rejects(start({ home: other, only: ['lab', 'on'] }), /no group or service on\./);
  assert.deepEqual(await readdir(other), []);
  await rm(other, { recursive: true });
});

test('the memory of each process is known, with that of its children', async () => {
  const supervisor = await Supervisor.pid(mesh.plan.folders);
  const memory = await readMemory(supervisor as number);
  assert.deepEqual([...memory.keys()].sort(), [...all, 'supervisord'].sort());
  for (const [name, { bytes = 0 }] of memory) assert.ok(bytes > 1_000_000, name);
  // weft exec and the program, the server and its workers.
  for (const name of ['one', 'gateway', 'postgres']) {
    assert.ok((memory.get(name)?.processes ?? 0) >= 2, name);
  }
});

test('a service has a database that only it may enter', async () => {
  const admin = await localAdminUrl(mesh.plan.folders, mesh.plan.settings.ports);
  for (let round = 0; round < 2; round += 1) await provisionDatabase(admin, 'some', 'secret-one');
  await provisionDatabase(admin, 'other', 'secret-two');
  const [row] = await query(databaseUrl(admin, 'some', 'secret-one'), 'select current_database()');
  assert.deepEqual(row, { current_database: 'weft_some' });
  await assert.rejects(query(databaseUrl(admin, 'some', 'wrong'), 'select 1'), /password/);
  const trespass = new URL(databaseUrl(admin, 'other', 'secret-two'));
  trespass.pathname = '/weft_some';
  await assert.rejects(query(trespass.href, 'select 1'), /permission denied/);
});

test('missing permissions are added and old ones renewed, and what an operator decided stays', async () => {
  const { consul } = mesh;
  const path = '/config/service-intentions/analytics';
  interface Source {
    readonly Name: string;
    readonly Action?: string;
    readonly Permissions?: readonly { readonly HTTP: { readonly PathExact: string } }[];
  }
  const sources = async () =>
    (await consul.read<{ Sources: readonly Source[] }>(path)).value.Sources;
  const rules = async () =>
    Object.fromEntries(
      (await sources()).map(({ Name, Action, Permissions }) => [
        Name,
        Permissions?.map(({ HTTP }) => HTTP.PathExact) ?? Action,
      ]),
    );
  const allow = (paths?: string[]) =>
    allowCalls(consul, [
      {
        service: 'analytics',
        callers: [{ caller: 'trading' }, { caller: 'gateway', ...(paths && { paths }) }],
      },
    ]);
  await allow();
  assert.deepEqual(await rules(), { trading: 'allow', gateway: 'allow' });
  await allow(['/a.B/C', '/a.B/D']);
  assert.deepEqual(await rules(), { trading: 'allow', gateway: ['/a.B/C', '/a.B/D'] });
  const [trading, gateway] = await sources();
  const Sources = [{ ...trading, Action: 'deny' }, gateway];
  await consul.write('/config', { Kind: 'service-intentions', Name: 'analytics', Sources });
  await allow(['/a.B/D']);
  assert.deepEqual(await rules(), { trading: 'deny', gateway: ['/a.B/D'] });
  const defaults = await consul.read<{ Protocol: string }>('/config/service-defaults/analytics');
  assert.equal(defaults.value.Protocol, 'grpc');
});

test('leftovers of a killed supervisor are ended, and the data are kept, on other ports too', async () => {
  const { folders, settings } = mesh.plan;
  const admin = await localAdminUrl(folders, settings.ports);
  await query(admin, 'create table kept (id int)');
  const before = await pids();
  const supervisor = await Supervisor.pid(folders);
  assert.ok(supervisor);
  process.kill(supervisor, 'SIGKILL');
  await eventually(async () => assert.equal(await isAlive(supervisor), false));

  const lines: string[] = [];
  mesh = await start({}, { ...quiet, report: (line) => lines.push(line) });
  for (const pid of before) assert.match(lines.join('\n'), new RegExp(`earlier run.* ${pid} `));
  assert.notDeepEqual(mesh.plan.settings.ports, settings.ports);
  const newAdmin = await localAdminUrl(folders, mesh.plan.settings.ports);
  assert.deepEqual(await query(newAdmin, 'select * from kept'), []);
  await mesh.consul.read('/config/service-defaults/analytics');
});

test('a supervisor that does not answer is replaced', async () => {
  const before = await pids();
  await rm(mesh.plan.folders.supervisorSocket);
  mesh = await start();
  for (const [index, pid] of (await pids()).entries()) assert.notEqual(pid, before[index]);
  const names = (await supervised(mesh)).sort();
  assert.deepEqual(names, [...all].sort());
});

test('a start beside a running one does not take its ports from it', async () => {
  const ports = await freePorts();
  await assert.rejects(start({ ports }), /other ports/);
  const other = await mkdtemp('/tmp/weft-start-');
  try {
    const taken = mesh.plan.settings.ports;
    const consulPid = await mesh.pid('consul');
    await assert.rejects(
      start({ home: other, ports: taken }),
      new RegExp(`Port ${taken.consul}, wanted by consul, .* pid ${consulPid} .*WEFT_CONSUL_PORT`),
    );
    assert.deepEqual(await findMeshProcesses(other), []);
  } finally {
    await rm(other, { recursive: true });
  }
});

test('an interrupted start stops what it has started', async () => {
  const other = await mkdtemp('/tmp/weft-start-');
  const interrupted = new AbortController();
  const until = setInterval(async () => {
    if ((await findMeshProcesses(other)).length >= 2) interrupted.abort(new Error('Ctrl-C'));
  }, 50);
  try {
    const { signal } = interrupted;
    await assert.rejects(start({ home: other }, { ...quiet, signal }), /Ctrl-C/);
    assert.deepEqual(await findMeshProcesses(other), []);
  } finally {
    clearInterval(until);
    await rm(other, { recursive: true });
  }
});

test('a process that cannot start is told, and nothing is left', async () => {
  const other = await mkdtemp('/tmp/weft-start-');
  // Consul's ports are not checked beforehand for UDP.
  const ports = await freePorts();
  const udp = createSocket('udp4').bind(ports.consulSerf, '127.0.0.1');
  await once(udp, 'listening');
  try {
    const starting = start({ home: other, ports });
    await assert.rejects(starting, { name: 'UnhealthyError', process: 'consul' });
    assert.match(await readFile(join(other, 'logs/consul.log'), 'utf8'), /address already in use/);
    assert.deepEqual(await findMeshProcesses(other), []);
  } finally {
    udp.close();
    await rm(other, { recursive: true });
  }
});

test("a folder with someone's files in it is left alone", async () => {
  const other = await mkdtemp('/tmp/weft-start-');
  await writeFile(join(other, 'thesis.tex'), '');
  await assert.rejects(start({ home: other }), /thesis\.tex/);
  assert.equal(existsSync(join(other, 'logs')), false);
  await rm(other, { recursive: true });
});

test('NATS comes with the services that need it, knows what each may do, and goes with them', async () => {
  mesh = await start({ only: ['news'] });
  assert.ok(running().includes('nats'));
  const { folders } = mesh.plan;
  const stream = join(folders.nats, 'data/jetstream/$G/streams/EVENTS_testing-ledger');
  assert.deepEqual((await readdir(join(stream, 'obs'))).sort(), [
    'reader-0',
    'reader-1',
    'reader-2',
    'reader-3',
  ]);
  assert.equal((await stat(join(folders.nats, 'nats.json'))).mode & 0o077, 0);
  await mesh.kill('nats');
  await eventually(async () => {
    const nats = (await mesh.reports()).find(({ name }) => name === 'nats');
    return nats?.state === 'RUNNING' && nats.problem === undefined;
  });
  mesh = await removeServices(mesh, ['testing-ledger', 'reader']);
  assert.ok(!running().includes('nats'));
});

test('stopping leaves no process and no port held, and is harmless twice', async () => {
  const { folders, settings } = mesh.plan;
  await mesh.stop();
  assert.deepEqual(await findMeshProcesses(folders.home), []);
  const server = createServer().listen(settings.ports.postgres, '127.0.0.1');
  await once(server, 'listening');
  server.close();
  assert.equal(await stopMesh(folders, quiet), false);
  assert.equal(existsSync(folders.supervisorSocket), false);
});
