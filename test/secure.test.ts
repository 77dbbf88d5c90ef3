import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { execa } from 'execa';
import { startMesh } from '../deploy/local/startMesh.ts';
import { MeshHome } from '../deploy/local/testing/MeshHome.ts';
import { ConsulClient } from '../mesh/consul/index.ts';
import { freePort } from '../mesh/testing/freePort.ts';
import { spawnProgram } from '../mesh/testing/spawnProgram.ts';
import { IntrudingServer } from './support/IntrudingServer.ts';
import { get } from './support/rest.ts';
import { TestMesh } from './support/TestMesh.ts';
import { waitFor } from './support/waitFor.ts';

const WEFT = join(import.meta.dirname, '../node_modules/.bin/weft');
const quiet = { report: () => {}, signal: AbortSignal.timeout(300_000) };
let mesh: TestMesh;

before(async () => {
  mesh = await TestMesh.start({ only: ['trading'] });
});
after(() => mesh?.stop());

const token = (holder: string) => readFileSync(join(mesh.identity(holder), 'token'), 'utf8');

/** Asks Consul with somebody's token. */
async function ask(holder: string | undefined, path: string, body?: object) {
  const response = await fetch(`${mesh.consulUrl}/v1${path}`, {
    method: body ? 'PUT' : 'GET',
    headers: holder ? { 'x-consul-token': token(holder) } : {},
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: response.status, text: await response.text() };
}

test('as make up starts it, with ACLs on, all is healthy and data flow', async () => {
  const file = join(mesh.home, 'ticks.csv');
  writeFileSync(file, 'time,price,size\n1700000000,100,1\n1700000001,101,2\n');
  await mesh.replay(file, 'SECURE');
  const { body } = await get(`${mesh.edge}/v1/assets/SECURE/summary`);
  assert.equal(Number(body.summary.count), 2);
  const { stdout, exitCode } = await mesh.weft('status');
  assert.equal(exitCode, 0);
  for (const service of ['analytics', 'gateway', 'trading']) {
    assert.match(stdout, new RegExp(`\\b${service} +${service}-1 +passing`));
  }
  assert.match(stdout, /^analytics +.*trading/m);
  const call = await mesh.weft('call', 'market.v1.AnalyticsService/ListAssets', '{}');
  assert.match(call.stdout, /SECURE/, call.stderr);
});

test("the token of trading is no other service's: no registration, no certificate", async () => {
  const register = (Name: string) =>
    ask('trading-1', '/agent/service/register', { ID: `${Name}-of-test`, Name, Port: 1 });
  const leaf = (name: string) => ask('trading-1', `/agent/connect/ca/leaf/${name}`);
  assert.equal((await register('analytics')).status, 403);
  assert.equal((await leaf('analytics')).status, 403);
  assert.equal((await ask('trading-1', '/agent/service/deregister/analytics-1', {})).status, 403);
  assert.equal((await ask('trading-1', '/kv/weft/faults/analytics', {})).status, 403);
  // Its own, by the same requests.
  assert.equal((await register('trading')).status, 200);
  const gone = await ask('trading-1', '/agent/service/deregister/trading-of-test', {});
  assert.equal(gone.status, 200);
});

test("the control plane's token reads, and cannot write", async () => {
  const read = await ask('control', '/config/service-intentions');
  assert.match(read.text, /"analytics"/);
  const deny = {
    Kind: 'service-intentions',
    Name: 'analytics',
    Sources: [{ Name: 'trading', Action: 'deny' }],
  };
  const writes: [string, object][] = [
    ['/config', deny],
    ['/config', { Kind: 'service-defaults', Name: 'analytics', Protocol: 'tcp' }],
    ['/kv/weft/faults/analytics', {}],
    ['/agent/service/register', { Name: 'control', Port: 1 }],
    ['/acl/token', { Description: 'of my own' }],
  ];
  for (const [path, body] of writes) {
    assert.equal((await ask('control', path, body)).status, 403, `${path} ${JSON.stringify(body)}`);
  }
  assert.equal((await ask('control', '/agent/connect/ca/leaf/risk')).status, 403);
  assert.equal((await ask('control', '/acl/tokens')).status, 403);
});

test('nobody but identity says who acts, and no service reads what stands for API keys', async () => {
  const below = '/kv/weft/principal/';
  for (const holder of ['trading-1', 'gateway-1', 'control', 'cli', undefined]) {
    for (const key of ['jwks', 'revoked/session', 'keys/hash', 'other']) {
      assert.equal((await ask(holder, below + key, {})).status, 403, `${holder} ${key}`);
    }
  }
  for (const key of ['jwks', 'revoked/session', 'keys/hash']) {
    assert.equal((await ask('identity-1', below + key, {})).status, 200, key);
  }
  const reads = async (holder: string | undefined) => {
    const keys = ['jwks', 'revoked/session', 'keys/hash'];
    const answers = await Promise.all(keys.map((key) => ask(holder, below + key)));
    const { text } = await ask(holder, `${below}?keys`);
    assert.equal(text.includes('keys/hash'), answers[2]?.status === 200);
    return answers.map(({ status }) => status);
  };
  assert.deepEqual(await reads('trading-1'), [200, 200, 403]);
  assert.deepEqual(await reads('gateway-1'), [200, 200, 200]);
  assert.deepEqual(await reads('control'), [403, 403, 403]);
  assert.deepEqual(await reads(undefined), [403, 403, 403]);
});

test('nobody but the edge tells when API keys were used, and nobody but identity hears it', async () => {
  const entry = '/kv/weft/api-key-use/edge/0';
  assert.equal((await ask('gateway-1', entry, {})).status, 200);
  assert.equal((await ask('identity-1', entry)).status, 200);
  for (const holder of ['trading-1', 'control', 'cli', undefined]) {
    assert.equal((await ask(holder, entry, {})).status, 403, holder);
    assert.equal((await ask(holder, entry)).status, 403, holder);
  }
});

test('without a token nothing is told', async () => {
  assert.equal((await ask(undefined, '/agent/connect/ca/leaf/risk')).status, 403);
  assert.deepEqual(JSON.parse((await ask(undefined, '/catalog/services')).text), {});
});

test('weft says which token it lacks', async () => {
  const weft = async (file: string, ...args: string[]) => {
    const env = { ...mesh.environment, CONSUL_HTTP_TOKEN_FILE: file };
    const { exitCode, stderr } = await execa(WEFT, args, { env, reject: false, stdin: 'ignore' });
    assert.equal(exitCode, 1, stderr);
    return stderr;
  };
  const deny = ['intention', 'deny', 'trading', 'analytics'];
  assert.match(await weft('', ...deny), /no token is set: CONSUL_HTTP_TOKEN_FILE/);
  const call = ['call', 'market.v1.AnalyticsService/ListAssets', '{}'];
  assert.match(await weft('', ...call), /no token is set: CONSUL_HTTP_TOKEN_FILE/);
  const file = join(mesh.identity('trading-1'), 'token');
  assert.match(await weft(file, ...deny), /do not allow it to the token in .*trading-1/);
  assert.match(await weft('/nowhere/token', ...deny), /CONSUL_HTTP_TOKEN_FILE cannot be read/);
  assert.equal((await mesh.weft('intention', 'list')).exitCode, 0);
});

test("no caller of the agent gets another's key: nothing of the mesh is in its cache, which it gives to anybody", async () => {
  for (const holder of ['trading-1', 'control', undefined]) {
    for (const service of ['analytics', 'gateway', 'trading', 'replay', 'cli']) {
      if (holder === `${service}-1`) continue;
      const { status } = await ask(holder, `/agent/connect/ca/leaf/${service}`);
      assert.equal(status, 403, `${service}'s to ${holder}`);
    }
  }
  // What somebody does ask the agent for, it keeps, and gives to others.
  const asked = '/agent/connect/ca/leaf/asked-for';
  assert.equal((await ask('trading-1', asked)).status, 403);
  assert.equal((await ask('cli', asked)).status, 200);
  assert.equal((await ask('trading-1', asked)).status, 200);
});

interface Token {
  readonly AccessorID: string;
  readonly ServiceIdentities?: readonly { readonly ServiceName: string }[];
  readonly Policies?: readonly { readonly Name: string }[];
  readonly ExpirationTime?: string;
}

test('weft exec gives its program a service, for as long as it runs, and none of the rights of who runs it', async () => {
  const management = mesh.consul.withToken(
    readFileSync(join(mesh.home, 'secrets/consul-management'), 'utf8'),
  );
  const tokens = async () =>
    (await management.read<Token[]>('/acl/tokens?authmethod=weft-exec')).value;
  assert.deepEqual(await tokens(), []);
  const program = await mesh.program([
    ...[WEFT, 'exec', '--service', 'risk', '--client', '--'],
    ...['sh', '-c', 'env; echo up; exec sleep 600'],
  ]);
  await waitFor('the program to be up', () => /^up$/m.test(program.output));
  assert.doesNotMatch(program.output, /CONSUL_HTTP_TOKEN|WEFT_LOGIN_KEY/);
  const [given, ...others] = await tokens();
  assert.deepEqual(others, []);
  assert.deepEqual(given?.ServiceIdentities, [{ ServiceName: 'risk' }]);
  // By what tokens are judged it may read, and nothing else.
  assert.deepEqual(
    given?.Policies?.map(({ Name }) => Name),
    ['weft-login'],
  );
  assert.ok(Date.parse(given?.ExpirationTime ?? '') < Date.now() + 3_700_000);
  const { SecretID } = (
    await management.read<{ SecretID: string }>(`/acl/token/${given?.AccessorID}`)
  ).value;
  const risk = mesh.consul.withToken(SecretID);
  const instance = (Name: string) => ({ Name, ID: `${Name}-of-test`, Port: 1 });
  await risk.write('/agent/service/register', instance('risk'));
  await assert.rejects(risk.write('/agent/service/register', instance('analytics')), {
    statusCode: 403,
  });
  await risk.write('/agent/service/deregister/risk-of-test');
  await risk.read('/kv/weft/principal/revoked/', { keys: true });
  await assert.rejects(risk.write('/kv/weft/principal/revoked/session', {}), { statusCode: 403 });

  await program.stop();
  assert.deepEqual(await tokens(), []);
  await assert.rejects(risk.read('/acl/token/self'), { statusCode: 403 });
});

test('the operator may not make tokens, nor log in without the key', async () => {
  assert.equal((await ask('cli', '/acl/token', { Description: 'of my own' })).status, 403);
  const login = { AuthMethod: 'weft-exec', BearerToken: 'eyJhbGciOiJub25lIn0.e30.' };
  await assert.rejects(mesh.consul.post('/acl/login', login), ({ statusCode }) => {
    return statusCode === 403 || statusCode === 400 || statusCode === 500;
  });
});

test('tokens lie in files that only their owner reads, not in logs and not in arguments', async () => {
  const holders = readdirSync(join(mesh.home, 'identity'));
  const tokens = holders.flatMap((holder) => {
    const file = join(mesh.identity(holder), 'token');
    try {
      assert.equal(statSync(file).mode & 0o777, 0o600, file);
      return [readFileSync(file, 'utf8')];
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  });
  for (const name of ['consul-management', 'consul-agent']) {
    tokens.push(readFileSync(join(mesh.home, 'secrets', name), 'utf8'));
  }
  assert.equal(new Set(tokens).size, holders.length + 2, holders.join());
  const logs = readdirSync(join(mesh.home, 'logs')).map((name) =>
    readFileSync(join(mesh.home, 'logs', name), 'utf8'),
  );
  const seen = [...logs, execFileSync('ps', ['axww', '-o', 'args'], { encoding: 'utf8' })].join();
  for (const secret of tokens) assert.ok(!seen.includes(secret));
});

test('a second start changes nothing, and one without ACLs says what to do', async () => {
  const start = async () => {
    const reports = await (await startMesh({ home: mesh.home }, quiet)).reports(quiet.signal);
    return reports.map(({ pid, problem }) => [pid, problem]);
  };
  assert.deepEqual(await start(), await start());
  await assert.rejects(startMesh({ home: mesh.home, insecure: true }, quiet), /make down/);
});

test('who takes the port of Consul while it is down is sent nothing', async () => {
  const asked: string[] = [];
  await mesh.stopProcess('consul');
  const impostor = createServer((request, response) => {
    asked.push(`${request.url} ${request.headers['x-consul-token']}`);
    response.writeHead(500).end();
  }).listen(mesh.ports.consul, '127.0.0.1');
  await once(impostor, 'listening');
  try {
    assert.equal((await mesh.weft('status')).exitCode, 1);
    // What runs has missed Consul, and looks for it.
    await waitFor(
      'the services to ask again',
      () =>
        asked.length > 0 ||
        readFileSync(join(mesh.home, 'logs/trading.log'), 'utf8').includes('ENOENT'),
    );
  } finally {
    impostor.closeAllConnections();
    impostor.close();
    await mesh.startProcess('consul');
  }
  assert.deepEqual(asked, []);
});

/** Becomes a user, and prints what comes of each path: of a socket, when it is opened, of another file, when it is read. */
const TRY = `
  const [uid, ...paths] = process.argv.slice(1);
  if (uid) { process.setgroups([]); process.setgid(Number(uid)); process.setuid(Number(uid)); }
  for (const path of paths) {
    const said = (error) => console.log(error?.code ?? 'open');
    if (path.endsWith('.sock')) {
      const socket = require('net').connect(path, () => { said(); socket.destroy(); }).on('error', said);
    } else require('fs').readFile(path, said);
  }`;

test("another user of this machine cannot open the mesh's sockets, nor read what lies beside them", {
  skip: process.getuid?.() === 0 ? false : 'only root can become somebody else',
}, async () => {
  const sockets = readdirSync(join(mesh.home, 'sockets'));
  assert.ok(sockets.includes('consul.sock'), String(sockets));
  const files = ['identity/cli/token', 'identity/cli/login-key.pem', 'consul/config.json'];
  const paths = [...sockets.map((name) => `sockets/${name}`), ...files].map((name) =>
    join(mesh.home, name),
  );
  const tryAs = async (uid: string) =>
    (await execa(process.execPath, ['-e', TRY, uid, ...paths])).stdout.split('\n');
  assert.deepEqual(await tryAs('65534'), Array(paths.length).fill('EACCES'));
  assert.deepEqual(await tryAs(''), Array(paths.length).fill('open'));
});

test('a Consul server of somebody else on this machine gets nothing of what is known', async () => {
  const intruder = await IntrudingServer.start();
  try {
    const { isIn, said } = await intruder.join(mesh.ports.consulSerf);
    assert.equal(isIn, false, said);
  } finally {
    await intruder.stop();
  }
});

test('one that has got the key of the gossip gets nothing either', async () => {
  const intruder = await IntrudingServer.start(
    readFileSync(join(mesh.home, 'secrets/consul-gossip'), 'utf8'),
  );
  try {
    assert.equal((await intruder.join(mesh.ports.consulSerf)).isIn, true);
    const told = () =>
      intruder.read('/v1/config/service-intentions?stale').catch(({ message }) => message);
    // Both have tried: it to ask the server, and the server, which takes it for one of its own, to tell it.
    const log = () => readFileSync(join(mesh.home, 'logs/consul.log'), 'utf8');
    const isRefused = () =>
      /Non-TLS connection attempted/.test(log()) && /failed to appendEntries.* tls: /.test(log());
    await waitFor('an end', async () => isRefused() || /analytics/.test(await told()));
    assert.match(await told(), /No cluster leader/);
  } finally {
    await intruder.stop();
  }
});

test('a mesh that has run without any of it takes it on with its data, and may go back', async () => {
  await using home = await MeshHome.make();
  const data = join(home.path, 'consul/data');
  mkdirSync(data, { recursive: true });
  const defaults = { Kind: 'service-defaults', Name: 'analytics', Protocol: 'grpc' };
  const path = '/config/service-defaults/analytics';
  await serveWithout(data, (consul) => consul.write('/config', defaults));

  const guarded = await startMesh({ home: home.path, only: [] }, quiet);
  const anybody = new ConsulClient({ address: guarded.consulUrl, token: '' });
  await guarded.consul.read(path);
  await assert.rejects(anybody.read(path), { statusCode: 403 });
  await assert.rejects(anybody.read('/snapshot'), { statusCode: 403 });
  await guarded.stop();

  const { ports } = guarded.plan.settings;
  const open = await startMesh({ home: home.path, only: [], ports, insecure: true }, quiet);
  await anybody.read(path);
  assert.equal(open.environment.CONSUL_HTTP_TOKEN_FILE, undefined);
});

/** Has a Consul server keep its data there that has neither ACLs nor encryption, for as long as something takes. */
async function serveWithout(data: string, action: (consul: ConsulClient) => Promise<unknown>) {
  const [http, server, serf] = [await freePort(), await freePort(), await freePort()];
  const agent = spawnProgram(
    [
      ...[process.env.WEFT_CONSUL_BIN ?? 'consul', 'agent', '-server', '-bootstrap-expect=1'],
      ...['-node=weft-local', '-bind=127.0.0.1', `-data-dir=${data}`],
      ...['dns', 'grpc', 'grpc-tls', 'serf-wan'].map((name) => `-${name}-port=-1`),
      ...[`-http-port=${http}`, `-server-port=${server}`, `-serf-lan-port=${serf}`],
      '-hcl=connect { enabled = true } performance { raft_multiplier = 1, leave_drain_time = "0s" }',
    ],
    { stdio: 'ignore' },
  );
  try {
    const consul = new ConsulClient({ address: `http://127.0.0.1:${http}`, token: '' });
    await waitFor('it to have a leader', () => consul.read('/connect/ca/roots'));
    await action(consul);
  } finally {
    const ended = once(agent, 'exit');
    agent.kill('SIGTERM');
    await ended;
  }
}
