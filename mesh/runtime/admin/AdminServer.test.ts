import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ServingState } from '../health/ServingState.ts';
import { Telemetry } from '../telemetry/Telemetry.ts';
import { memoryLogger } from '../testing/memoryLogger.ts';
import { AdminServer } from './AdminServer.ts';

const log = memoryLogger([]);

test('health, readiness and metrics are told on loopback', async (t) => {
  const telemetry = await Telemetry.start({
    service: 'test',
    serviceId: 'test-1',
    version: '0.0.0',
    otlpEndpoint: undefined,
    log,
  });
  const state = new ServingState();
  const metrics = () => telemetry.prometheus();
  const admin = await AdminServer.start({ port: undefined, service: 'test', state, metrics, log });
  t.after(() => admin.stop());
  const get = (path: string) => fetch(`http://127.0.0.1:${admin.port}${path}`);

  assert.equal((await get('/ready')).status, 503);
  state.serving = true;
  assert.equal((await get('/ready')).status, 200);
  state.notReadyReason = 'the certificate has expired';
  const expired = await get('/ready');
  assert.equal(expired.status, 503);
  assert.match(await expired.text(), /the certificate has expired/);
  state.notReadyReason = undefined;
  assert.equal((await get('/ready')).status, 200);
  state.degradedReason = '1 of 2 workers serve';
  const degraded = await get('/ready');
  assert.equal(degraded.status, 429);
  assert.match(await degraded.text(), /1 of 2 workers serve/);
  const scraped = await get('/metrics?x=1');
  assert.match(scraped.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
  assert.match(await scraped.text(), /target_info\{service_name="test"/);
  assert.equal((await get('/other')).status, 404);
  await assert.rejects(
    AdminServer.start({ port: admin.port, service: 'test', state, metrics, log }),
    /EADDRINUSE/,
  );
});

test('metrics that fail are an error to who asks, and not the end of the process', async (t) => {
  const lines: Record<string, unknown>[] = [];
  const admin = await AdminServer.start({
    port: undefined,
    service: 'test',
    state: new ServingState(),
    metrics: () => Promise.reject(new Error('no metrics today')),
    log: memoryLogger(lines),
  });
  t.after(() => admin.stop());
  const answer = await fetch(`http://127.0.0.1:${admin.port}/metrics`);
  assert.equal(answer.status, 500);
  assert.match(JSON.stringify(lines), /no metrics today/);
});

test('who asks /health learns what the service lacks, and that the process lives', async (t) => {
  const state = new ServingState();
  const admin = await AdminServer.start({ port: undefined, service: 'test', state, log });
  t.after(() => admin.stop());
  const health = async () => {
    const response = await fetch(`http://127.0.0.1:${admin.port}/health`);
    assert.equal(response.status, 200);
    return (await response.json()) as Record<string, unknown>;
  };
  state.serving = true;
  state.setNotReady('database', undefined);
  const before = Date.now();
  const { uptime, timestamp, ...said } = await health();
  assert.deepEqual(said, { status: 'ok', service: 'test', checks: { database: 'ok' } });
  assert.ok(Number.isInteger(uptime) && Number(uptime) <= process.uptime(), String(uptime));
  assert.ok(Number(timestamp) >= before && Number(timestamp) <= Date.now(), String(timestamp));
  state.setNotReady('database', 'connection refused');
  const { status, checks } = await health();
  assert.deepEqual(
    { status, checks },
    { status: 'degraded', checks: { database: 'connection refused' } },
  );
  state.setNotReady('database', undefined);
  assert.equal((await health()).status, 'ok');
});
