import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, suite, test } from 'node:test';
import { Contracts } from '@weft/mesh/contracts';
import { eventually } from '@weft/mesh/testing/eventually';
import { TestIdentity } from '@weft/mesh/testing/TestIdentity';
import { NO_TRUST, writeTrust } from '../access/writeTrust.ts';
import { limits } from '../limits.ts';
import { StaticEdge } from '../testing/StaticEdge.ts';
import { withAccess } from '../testing/withAccess.ts';

const WATCH = '/market.v1.AnalyticsService/WatchAsset';
const REDEEM = '/identity.v1.TicketService/RedeemTicket';
const USER = 3;
const PATH = '/v1/assets/A:watch';

suite('A ticket in the query', () => {
  let folder: string;
  let edge: StaticEdge;
  let identity: TestIdentity;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'weft-tickets-'));
    identity = await TestIdentity.create();
    writeTrust(folder, { ...NO_TRUST, jwks: identity.jwks });
    const contracts = withAccess(Contracts.load(), { [WATCH]: { access: USER } });
    edge = await StaticEdge.start(contracts, { trust: folder });
  });
  after(async () => {
    await edge?.stop();
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(() => {
    edge.server.received.length = 0;
  });

  const give = async (path = PATH) => {
    const ticket = randomBytes(32).toString('base64url');
    edge.server.tickets.set(`${ticket} ${path}`, await identity.access());
    return ticket;
  };
  const get = async (path: string, options: RequestInit = {}) => {
    const response = await fetch(edge.url + path, options);
    return { status: response.status, body: await response.text() };
  };
  const asked = (path: string) => edge.server.received.filter((one) => one.path === path);

  test('opens a stream for whoever it stands for, once, and nobody behind the edge sees it', async () => {
    const ticket = await give();
    const { status, body } = await get(`${PATH}?ticket=${ticket}&after=7`);
    assert.equal(status, 200);
    assert.match(body, /"assetSymbol":"A"/);
    const [call] = asked(WATCH);
    assert.ok(call?.metadata.get('x-weft-principal').length === 1);
    assert.equal(call.metadata.get('authorization').length, 0);
    assert.equal(call.metadata.get('x-envoy-original-path')[0], `${PATH}?after=7`);
    assert.ok(!JSON.stringify(call.metadata.getMap()).includes(ticket));

    const again = await get(`${PATH}?ticket=${ticket}&after=7`);
    assert.deepEqual([again.status, JSON.parse(again.body).code], [401, 16]);
    assert.equal(asked(WATCH).length, 1);
  });

  test('is refused at another path, beside another one, and where it is none', async () => {
    const one = await give('/v1/assets/B:watch');
    assert.equal((await get(`${PATH}?ticket=${one}`)).status, 401);
    const redeemed = asked(REDEEM).length;
    const [two, three] = [await give(), await give()];
    for (const query of [
      `ticket=${two}&ticket=${three}`,
      'ticket=',
      'ticket=a',
      `ticket=${two}%20`,
    ]) {
      assert.equal((await get(`${PATH}?${query}`)).status, 401, query);
    }
    assert.equal(asked(REDEEM).length, redeemed, 'identity is not asked');
    assert.equal(asked(WATCH).length, 0);
  });

  test('is no credential of a write, nor where another one is shown, nor of a method that asks for none', async () => {
    const ticket = await give();
    const authorization = `Bearer ${await identity.access()}`;
    const answers = [
      await get(`/v1/market-data?ticket=${ticket}`, { method: 'POST', body: '{}' }),
      await get(`${PATH}?ticket=${ticket}`, { headers: { authorization } }),
      await get(`/v1/assets/A/summary?ticket=${ticket}`),
    ];
    assert.deepEqual(
      answers.map(({ status }) => status),
      [400, 400, 400],
    );
    assert.deepEqual(edge.server.received, []);
  });

  test('that cannot be redeemed at the moment is told so, and is good later', async () => {
    const ticket = await give();
    edge.server.canRedeem = false;
    assert.equal((await get(`${PATH}?ticket=${ticket}`)).status, 503);
    edge.server.canRedeem = true;
    assert.equal((await get(`${PATH}?ticket=${ticket}`)).status, 200);
  });

  test('is in no line of the log, and whoever tries many is held before identity is asked', async () => {
    const tried = Array.from({ length: limits.ticketsAtOnce + 50 }, () =>
      randomBytes(32).toString('base64url'),
    );
    const answers = await Promise.all(tried.map((ticket) => get(`${PATH}?ticket=${ticket}`)));
    const held = answers.filter(({ status }) => status === 429).length;
    assert.ok(held > 0);
    assert.equal(asked(REDEEM).length, tried.length - held);
    const logged = () => edge.envoy.requests.filter(({ path }) => path === PATH);
    await eventually(() => assert.ok(logged().length >= tried.length));
    assert.doesNotMatch(JSON.stringify(edge.envoy.requests), /ticket=/);
    for (const ticket of tried) assert.ok(!JSON.stringify(logged()).includes(ticket));
  });
});
