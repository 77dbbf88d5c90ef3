import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Channel, credentials, Server, status as Status } from '@grpc/grpc-js';
import { AnalyticsServiceDefinition } from '@weft/proto/market/v1/analytics';
import { listen } from '../../testing/listen.ts';
import { createClient } from '../client/createClient.ts';
import { Principals } from '../principal/Principals.ts';
import { RpcError } from '../rpc/RpcError.ts';
import { ActiveCalls } from '../server/ActiveCalls.ts';
import { addImplementation } from '../server/addImplementation.ts';
import { CallMetrics } from '../telemetry/CallMetrics.ts';
import { Tracing } from '../telemetry/Tracing.ts';
import { BUDGETED_SCHEME } from '../testing/budgetedTarget.ts';
import { memoryLogger } from '../testing/TestServer.ts';
import { analytics } from '../testing/testServices.ts';

const BURST = 250;
const request = { assetSymbol: 'A' };

/** A server whose method does what `answer` does, and a client that retries within the budget. */
async function upstream(t: TestContext, answer: (attempt: number, isRetry: boolean) => void) {
  const seen = { attempts: 0 };
  const metrics = new CallMetrics();
  const tracing = new Tracing();
  const log = memoryLogger([]);
  const server = new Server();
  addImplementation(
    server,
    { log, metrics, tracing, calls: new ActiveCalls(), principals: new Principals() },
    analytics(async (_, { metadata }) => {
      seen.attempts += 1;
      answer(seen.attempts, metadata.get('grpc-previous-rpc-attempts').length > 0);
      return { summary: undefined };
    }),
    () => () => {},
  );
  const port = await listen(server);
  const channel = new Channel(
    `${BUDGETED_SCHEME}:127.0.0.1:${port}`,
    credentials.createInsecure(),
    {},
  );
  t.after(() => {
    channel.close();
    server.forceShutdown();
  });
  const client = createClient(AnalyticsServiceDefinition, channel, { metrics, tracing });
  /** Calls, some at a time, and counts those that fail. */
  const callTimes = async (calls: number) => {
    let failed = 0;
    let left = calls;
    const lane = async () => {
      while (left-- > 0) await client.getAssetSummary(request).catch(() => (failed += 1));
    };
    await Promise.all(Array.from({ length: 20 }, lane));
    return failed;
  };
  return { seen, callTimes };
}

const down = () => {
  throw new RpcError(Status.UNAVAILABLE, 'down');
};

test('an upstream that is down gets a burst of retries and then no more than the calls themselves', async (t) => {
  const { seen, callTimes } = await upstream(t, down);
  assert.equal(await callTimes(3_000), 3_000);
  const retries = seen.attempts - 3_000;
  t.diagnostic(`${retries} retries of 3,000 calls`);
  assert.ok(retries > 0, 'none was retried: the test shows nothing');
  assert.ok(retries <= BURST, `${retries} retries`);
});

test('an upstream that fails every other time gets a fifth more calls and a burst, and not twice as many', async (t) => {
  const { seen, callTimes } = await upstream(t, (attempt) => {
    if (attempt % 2 === 0) down();
  });
  const failed = await callTimes(4_000);
  const retries = seen.attempts - 4_000;
  t.diagnostic(`${retries} retries, ${failed} failed, of 4,000 calls`);
  assert.ok(retries > 0);
  assert.ok(retries <= 0.2 * 4_000 + BURST, `${retries} retries`);
});

test('callers do not notice an upstream that fails one call in twenty', async (t) => {
  const { seen, callTimes } = await upstream(t, (attempt, isRetry) => {
    if (attempt % 20 === 0 && !isRetry) down();
  });
  assert.equal(await callTimes(4_000), 0);
  assert.ok(seen.attempts > 4_000);
});
