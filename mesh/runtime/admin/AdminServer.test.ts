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
  const admin = await AdminServer.start({ port: undefined, state, metrics, log });
  t.after(() => admin.stop());
  const get = (path: string) => fetch(`http://127.0.0.1:${admin.port}${path}`);

  assert.equal((await get('/health')).status, 200);
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
  await assert.rejects(AdminServer.start({ port: admin.port, state, metrics, log }), /EADDRINUSE/);
});

test('metrics that fail are an error to who asks, and not the end of the process', async (t) => {
  const lines: Record<string, unknown>[] = [];
  const admin = await AdminServer.start({
    port: undefined,
    state: new ServingState(),
    metrics: () => Promise.reject(new Error('no metrics today')),
    log: memoryLogger(lines),
  });
  t.after(() => admin.stop());
  const answer = await fetch(`http://127.0.0.1:${admin.port}/metrics`);
  assert.equal(answer.status, 500);
  assert.match(JSON.stringify(lines), /no metrics today/);
});
