import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, suite, test } from 'node:test';
import { jetstream } from '@nats-io/jetstream';
import { headers } from '@nats-io/transport-node';
import { UserPasswordChanged } from '@weft/proto/identity/v1/events';
import { execa } from 'execa';
import { findOnPath } from '../deploy/local/programs/findOnPath.ts';
import { connectNats, EventHeader, publishedSubject } from '../mesh/events/index.ts';
import { clone } from '../mesh/local/index.ts';
import { publishKeys, revokeSession } from '../mesh/testing/publishTrust.ts';
import { TestIdentity } from '../mesh/testing/TestIdentity.ts';
import { Client } from '../services/platform/sockets/testing/Client.ts';
import { TestMesh } from './support/TestMesh.ts';
import { waitFor } from './support/waitFor.ts';

suite('Rooms, as clients outside join them', { timeout: 600_000 }, () => {
  let mesh: TestMesh;
  let identity: TestIdentity;
  let page: string;

  before(async () => {
    mesh = await TestMesh.start({ only: ['sockets'] });
    identity = await TestIdentity.create();
    await publishKeys(mesh.signer, identity);
    page = await readFile(join(clone, 'docs/sockets.md'), 'utf8');
    await waitFor('the edge to let sockets through', async () => {
      using client = await Client.open(mesh.edge).catch(() => undefined);
      return client !== undefined;
    });
  });
  after(() => mesh?.stop());

  /** The first block of a kind in docs/sockets.md. */
  const block = (kind: string) =>
    new RegExp(`^\`\`\`${kind}\\n(.*?)^\`\`\`$`, 'ms').exec(page)?.[1] ?? '';
  const tick = async (assetSymbol: string, price: number) => {
    const body = JSON.stringify({ assetSymbol, price, size: 1, timestamp: new Date() });
    const { status } = await fetch(`${mesh.edge}/v1/market-data`, {
      ...{ method: 'POST', body, headers: { 'content-type': 'application/json' } },
    });
    assert.equal(status, 200);
  };
  const last = ({ told }: Client) => Object(told.at(-1)?.payload.summary).last;

  test('who follows docs/sockets.md in Node is told of what he sends by its curl, over the death of the gateway', async () => {
    const env = { ...process.env, EDGE: mesh.edge };
    const follower = execa(process.execPath, ['--input-type=module', '-e', block('js')], {
      ...{ cwd: clone, env, reject: false, forceKillAfterDelay: 2_000 },
    });
    let said = '';
    follower.stdout.on('data', (chunk) => {
      said += chunk;
    });
    try {
      await execa('sh', ['-c', block('sh')], { env });
      await waitFor('the price of the curl', () => said.includes('101.5'));
      await mesh.kill('sockets');
      await tick('DEMO', 102.5);
      await waitFor('the price after the kill', () => said.includes('102.5'));
    } finally {
      follower.kill();
      await follower;
    }
  });

  test('who has just connected is told of the market, as it is and as it goes on', async () => {
    using client = await Client.open(mesh.edge);
    await tick('MARKET', 401.5);
    await waitFor('the snapshot', () => client.joined);
    assert.equal(client.joined?.room, 'general');
    const shown = ({ latest }: Record<string, unknown>) =>
      (latest as { assetSymbol: string; last: number }[] | undefined)?.some(
        ({ assetSymbol, last }) => assetSymbol === 'MARKET' && last === 402.5,
      );
    await tick('MARKET', 402.5);
    await waitFor('the market to be told', () =>
      client.general.some(({ payload }) => shown(payload)),
    );
  });

  test('a page in Chromium, as docs/sockets.md has it, follows a room', async (t) => {
    const chromium = process.env.WEFT_CHROMIUM_BIN ?? (await findOnPath('chromium'));
    if (!chromium) return t.skip('no chromium on PATH, nor in WEFT_CHROMIUM_BIN');
    const said: string[] = [];
    const server = createServer(async (request, response) => {
      if (request.method === 'POST') said.push(await text(request));
      response.setHeader('content-type', 'text/html');
      response.end(`<script>console.log = (body) => fetch('/', { method: 'POST', body });</script>
        ${block('html').replaceAll('http://localhost:8080', mesh.edge)}`);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const profile = await mkdtemp(join(tmpdir(), 'weft-chromium-'));
    const browser = execa(
      chromium,
      [
        ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
        ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
        ...[
          `--user-data-dir=${profile}`,
          `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        ],
      ],
      { reject: false, forceKillAfterDelay: 2_000 },
    );
    try {
      await tick('DEMO', 201.5);
      await waitFor('the page to have the state', () => said.includes('201.5'));
      await tick('DEMO', 202.5);
      await waitFor('the page to be told', () => said.includes('202.5'));
    } finally {
      browser.kill();
      await browser;
      server.close();
      await rm(profile, { recursive: true, force: true });
    }
  });

  test('a user is told his own events through the edge, and none is missing after the death of the gateway', async () => {
    const token = await identity.access({ subject: 'ada' });
    const client = new Client(mesh.edge, { auth: { token } });
    const folder = await mesh.newIdentity('identity');
    const nats = await connectNats({
      ...{ url: `nats://127.0.0.1:${mesh.ports.nats}`, service: 'identity', name: 'identity' },
      identity: {
        certificate: join(folder, 'cert.pem'),
        ...{ key: join(folder, 'key.pem'), roots: join(folder, 'roots.pem') },
      },
    });
    let position = 0;
    const change = async (userId: string) => {
      const head = headers();
      head.set(EventHeader.type, UserPasswordChanged.$type);
      head.set(EventHeader.outbox, 'one');
      head.set(EventHeader.position, String(++position));
      const payload = UserPasswordChanged.encode({ userId }).finish();
      const subject = publishedSubject('identity.user_password_changed', userId);
      await jetstream(nats).publish(subject, payload, { headers: head });
    };
    let joined = await waitFor('the token to be known', () =>
      client.join('user:ada').then(
        (answer) => !answer.error && answer,
        () => undefined,
      ),
    );
    client.socket.on('connect', async () => {
      joined = await client.join('user:ada', client.position(joined));
    });
    const other = await client.join('user:bob');
    assert.equal(other.error?.reason, 'ROOM_NOT_OWN');
    for (let number = 0; number < 5; number++) await change('ada');
    await waitFor('five events', () => client.told.length === 5);
    const gone = once(client.socket as never, 'disconnect');
    await mesh.kill('sockets');
    await gone;
    for (const user of ['ada', 'bob', 'ada', 'bob', 'ada']) await change(user);
    await waitFor('the rest', () => client.told.length === 8);
    assert.equal(joined.recovered, true);
    await change('ada');
    await waitFor('one more', () => client.told.length === 9);
    const offsets = client.told.map(({ at }) => Number(at.offset));
    assert.deepEqual(
      offsets,
      [...new Set(offsets)].sort((one, two) => one - two),
    );
    assert.deepEqual(client.told[0]?.payload, { userId: 'ada' });
    client.socket.disconnect();
    await nats.close();
  });

  test('the socket of a session that is revoked is closed and told why when it comes again, and no other', async () => {
    const open = async (session: string) => {
      const token = await identity.access({ session });
      return waitFor('the token to be known', () =>
        Client.open(mesh.edge, { auth: { token } }).catch(() => undefined),
      );
    };
    using revoked = await open('revoked');
    using other = await open('other');
    await other.join('asset:DEMO');
    const refused = once(revoked.socket as never, 'connect_error');
    await revokeSession(mesh.signer, 'revoked');
    assert.equal((await refused)[0].data.reason, 'SESSION_REVOKED');
    await tick('DEMO', 301.5);
    await waitFor('the other to be told', () => last(other) === 301.5);
  });

  test('a stock client without options is told through the edge that it has to use WebSockets', async () => {
    await assert.rejects(Client.open(mesh.edge, { transports: ['polling', 'websocket'] }), {
      message: /long polling is not served here/,
    });
    const forged = await (await TestIdentity.create(identity.key.kid)).access();
    await assert.rejects(Client.open(mesh.edge, { auth: { token: forged } }), (error) => {
      assert.equal(Object(error).data.reason, 'PRINCIPAL_INVALID');
      return true;
    });
  });
});
