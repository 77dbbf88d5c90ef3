import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { after, before, suite, test } from 'node:test';
import { withAccess } from '../gateway/testing/withAccess.ts';
import { Contracts } from '../mesh/contracts/index.ts';
import { browse, findChromium } from './support/chromium.ts';
import { TestMesh } from './support/TestMesh.ts';
import { waitFor } from './support/waitFor.ts';

const WATCH = '/market.v1.AnalyticsService/WatchAsset';
const USER = 3;
const PATH = '/v1/assets/SP500:watch';
const LOGIN = { email: 'ada@example.org', password: 'a quiet harbour' };

suite('Tickets of identity at the edge', { timeout: 280_000 }, () => {
  let folder: string;
  let page: Server;
  let mesh: TestMesh;
  let token: string;
  /** All that were given out. */
  const tickets: string[] = [];

  const post = async (path: string, body: object, headers: Record<string, string> = {}) => {
    const options = { method: 'POST', body: JSON.stringify(body), headers };
    const response = await fetch(mesh.edge + path, options);
    const answer = (await response.json()) as Record<string, unknown>;
    return { status: response.status, answer };
  };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'weft-tickets-'));
    page = createServer().listen(0, '127.0.0.1');
    await once(page, 'listening');
    const image = join(folder, 'image.binpb');
    await writeFile(
      image,
      withAccess(Contracts.load(), { [WATCH]: { access: USER, allowServices: true } }).image,
    );
    process.env.WEFT_CONTRACTS = image;
    process.env.WEFT_CORS_ORIGINS = `http://127.0.0.1:${(page.address() as AddressInfo).port}`;
    mesh = await TestMesh.start({ only: ['identity', 'analytics'] });
    const registered = await waitFor('identity to take an account', async () => {
      const { status, answer } = await post('/v1/auth/register', { ...LOGIN, displayName: 'Ada' });
      return status === 200 && answer;
    });
    assert.ok(registered);
    const mails = await mesh.steer(
      ...['call', 'identity.v1.MailService/ListMails', JSON.stringify({ email: LOGIN.email })],
    );
    await post('/v1/auth/verify-email', { token: JSON.parse(mails).mails[0].token });
    token = (await post('/v1/auth/login', LOGIN)).answer.accessToken as string;
    const tick = { assetSymbol: 'SP500', price: 1, timestamp: new Date().toISOString() };
    await waitFor('analytics to take a tick', async () => {
      return (await post('/v1/market-data', tick)).status === 200;
    });
  });
  after(async () => {
    await mesh?.stop();
    page?.close();
    delete process.env.WEFT_CONTRACTS;
    delete process.env.WEFT_CORS_ORIGINS;
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  const ask = async (path = PATH) => {
    const { status, answer } = await post(
      '/v1/auth/tickets',
      { path },
      { authorization: `Bearer ${token}` },
    );
    assert.equal(status, 200, JSON.stringify(answer));
    tickets.push(answer.ticket as string);
    return answer.ticket as string;
  };
  const watch = async (ticket: string) => {
    const leave = new AbortController();
    const url = `${mesh.edge}${PATH}?ticket=${ticket}`;
    const { status } = await fetch(url, { signal: leave.signal });
    leave.abort();
    return status;
  };

  /** The page tells of each event and error of a stream that it opens, and of a second one by the same ticket. */
  function serve(ticket: string) {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    page.on('request', async (request, response) => {
      if (request.method === 'POST') resolve(await json(request));
      response.setHeader('content-type', 'text/html');
      response.end(`<script>
        const url = '${mesh.edge}${PATH}?ticket=${ticket}';
        const open = (then) => {
          const events = new EventSource(url);
          const tell = (what) => { events.close(); then(what); };
          events.onmessage = () => tell('an event');
          events.onerror = () => tell(events.readyState === EventSource.CLOSED ? 'refused' : 'ended');
        };
        open((first) => open((second) => {
          fetch('/', { method: 'POST', body: JSON.stringify([first, second]) });
        }));
      </script>`);
    });
    return promise;
  }

  test('an EventSource of a page in Chromium opens a stream for its user, once', async (t) => {
    const chromium = await findChromium();
    if (!chromium) return t.skip('no chromium on PATH, nor in WEFT_CHROMIUM_BIN');
    const said = serve(await ask());
    const url = process.env.WEFT_CORS_ORIGINS ?? '';
    assert.deepEqual(await browse(chromium, url, join(folder, 'profile'), said), [
      'an event',
      'refused',
    ]);
  });

  test('a ticket opens a stream once, for nobody without one, and not after its session', async () => {
    assert.equal((await fetch(mesh.edge + PATH)).status, 401);
    const [ticket, other] = [await ask(), await ask()];
    assert.equal(await watch(ticket), 200);
    assert.equal(await watch(ticket), 401);
    await post('/v1/users/me/sessions:revoke', {}, { authorization: `Bearer ${token}` });
    assert.equal(await watch(other), 401);
  });

  test('no ticket is in a log, nor in what the edge tells of itself', async () => {
    assert.ok(tickets.length > 1);
    const logs = join(mesh.home, 'logs');
    const text = await waitFor('the edge to have written its lines', async () => {
      const files = await readdir(logs);
      const texts = await Promise.all(files.map((file) => readFile(join(logs, file), 'utf8')));
      const all = texts.join('\n');
      return all.includes(`"path":"${PATH}"`) && all;
    });
    for (const ticket of tickets) assert.ok(!text.includes(ticket));
    assert.doesNotMatch(text, /ticket=/);
  });
});
