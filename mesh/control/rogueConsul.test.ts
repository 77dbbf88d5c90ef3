import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { after, afterEach, before, describe, test } from 'node:test';
import { pino } from 'pino';
import { eventually } from '../testing/eventually.ts';
import { TestConsul } from '../testing/TestConsul.ts';
import { ControlPlane } from './ControlPlane.ts';
import { MeshPeer } from './testing/MeshPeer.ts';
import { type RogueAnswer, RogueProxy } from './testing/RogueProxy.ts';

const log = pino({ level: process.env.WEFT_LOG_LEVEL ?? 'silent' });

describe('a mesh whose Consul goes mad', { timeout: 120_000 }, () => {
  let consul: TestConsul;
  let proxy: RogueProxy;
  let control: ControlPlane;
  let server: MeshPeer;
  let client: MeshPeer;

  before(async () => {
    consul = await TestConsul.start();
    proxy = await RogueProxy.start(consul.client.address);
    control = await ControlPlane.start({
      listen: '127.0.0.1:0',
      admin: '127.0.0.1:0',
      consul: proxy.client,
      log,
    });
    const { xdsServer } = control;
    server = await MeshPeer.start({ consul, service: 'echo', xdsServer });
    client = await MeshPeer.start({ consul, service: 'web', xdsServer });
    await consul.intend('echo', { web: 'allow' });
    await consul.register({ service: 'echo', id: 'echo-1', port: await server.serve() });
    await eventually(async () => assert.equal((await client.call('echo')).code, 0));
  });

  after(async () => {
    await Promise.all([server, client].map((peer) => peer?.stop()));
    await control?.stop();
    await proxy?.stop();
    await consul?.stop();
  });

  afterEach(() => proxy.answer(undefined));

  const registered = {
    Node: { Node: hostname(), Address: '127.0.0.1' },
    Service: { ID: 'echo-1', Port: 0, Connect: { Native: true } },
    Checks: [],
  };
  const unreadable = {
    Kind: 'service-intentions',
    Name: 'echo',
    CreateIndex: 1,
    ModifyIndex: 1_000_000,
    Sources: 'none',
  };
  const rogue: Record<string, RogueAnswer> = {
    'answers with errors': { status: 500, body: 'rpc error: No cluster leader', index: '1000000' },
    'answers nonsense': { status: 200, body: '<html>Consul</html>', index: '1000000' },
    'answers half of JSON': { status: 200, body: '[{"Node":', index: '1000000' },
    'answers null': { status: 200, body: 'null', index: '1000000' },
    'answers in other shapes': { status: 200, body: '{"a":{"b":[1]}}', index: '1000000' },
    'answers empty lists of an earlier time': { status: 200, body: '[]', index: '1' },
    // Of the present time, as these are answers that are accepted: only what they tell is impossible.
    'tells of impossible ports': { status: 200, body: JSON.stringify([registered]), index: 'now' },
    'tells of unreadable intentions': {
      status: 200,
      body: JSON.stringify([unreadable]),
      index: 'now',
    },
  };
  for (const [what, answer] of Object.entries(rogue)) {
    test(`Consul ${what}: calls go on, and its return to sense is noticed`, async () => {
      const before = proxy.given;
      const now = (await consul.client.read('/config/service-intentions')).index;
      proxy.answer({ ...answer, index: answer.index.replace('now', now) });
      // Every question is answered so at least once, and some again.
      await eventually(() => assert.ok(proxy.given >= before + 8));
      for (let i = 0; i < 20; i += 1) assert.equal((await client.call('echo')).code, 0);
      proxy.answer(undefined);
      await consul.intend('echo', { web: 'deny' });
      await eventually(async () => assert.equal((await client.call('echo')).code, 7));
      await consul.intend('echo', { web: 'allow' });
      await eventually(async () => assert.equal((await client.call('echo')).code, 0));
    });
  }

  test('all of it can be seen', async () => {
    const metrics = await (await fetch(`${control.adminUrl}/metrics`)).text();
    const bad =
      /weft_control_consul_answers_total\{question="\/health\/connect",outcome="bad"\} (\d+)/;
    assert.ok(Number(bad.exec(metrics)?.[1]) > 0, metrics);
  });
});
