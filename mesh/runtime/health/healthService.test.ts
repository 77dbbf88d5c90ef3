import assert from 'node:assert/strict';
import { test } from 'node:test';
import { status as Status } from '@grpc/grpc-js';
import {
  HealthDefinition,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from '@weft/proto/grpc/health/v1/health';
import { TestServer } from '../testing/TestServer.ts';
import { healthService } from './healthService.ts';
import { ServingState } from './ServingState.ts';

test('the state of each service can be asked and watched', async (t) => {
  const state = new ServingState();
  const server = await TestServer.start(healthService(['a.A'], state));
  t.after(() => server.stop());
  const client = server.client(HealthDefinition);

  assert.deepEqual(await client.check({ service: 'a.A' }), { status: ServingStatus.NOT_SERVING });
  await assert.rejects(client.check({ service: 'b.B' }), { code: Status.NOT_FOUND });

  const seen: number[] = [];
  for await (const { status } of client.watch({ service: '' })) {
    seen.push(status);
    if (seen.length === 3) break;
    state.serving = !state.serving;
  }
  assert.deepEqual(seen, [
    ServingStatus.NOT_SERVING,
    ServingStatus.SERVING,
    ServingStatus.NOT_SERVING,
  ]);
  for await (const { status } of client.watch({ service: 'b.B' })) {
    assert.equal(status, ServingStatus.SERVICE_UNKNOWN);
    break;
  }
  state.serving = true;
  const { statuses } = await client.list({});
  assert.deepEqual(Object.keys(statuses), ['', 'a.A']);
});
