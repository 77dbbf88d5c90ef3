import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryLogger } from '../testing/memoryLogger.ts';
import { rawCall } from '../testing/rawCall.ts';
import { TestServer } from '../testing/TestServer.ts';
import { analytics } from '../testing/testServices.ts';
import { applyPatch } from './applyPatches.ts';
import { rejectNonGrpcRequests } from './rejectNonGrpcRequests.ts';

await applyPatch(rejectNonGrpcRequests, { log: memoryLogger([]) });

const PATH = '/market.v1.AnalyticsService/GetAssetSummary';

test('only what is gRPC with protobuf reaches a handler', async (t) => {
  let calls = 0;
  const server = await TestServer.start(
    analytics(async () => {
      calls += 1;
      return { summary: undefined };
    }),
  );
  t.after(() => server.stop());
  const status = async (method: string, type: string) => {
    const headers = { ':path': PATH, ':method': method, 'content-type': type };
    return (await rawCall(server.address, headers)).header[':status'];
  };
  assert.equal(await status('POST', 'application/grpc'), 200);
  assert.equal(await status('POST', 'application/grpc+proto'), 200);
  assert.equal(await status('POST', 'application/grpc; charset=utf-8'), 200);
  assert.equal(calls, 3);
  assert.equal(await status('POST', 'application/grpc+json'), 415);
  assert.equal(await status('DELETE', 'application/grpc'), 415);
  assert.equal(await status('PUT', 'application/grpc+proto'), 415);
  assert.equal(await status('POST', 'text/plain'), 415);
  assert.equal(calls, 3);
});
