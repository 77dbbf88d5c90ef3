import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { status as Status } from '@grpc/grpc-js';
import { AnalyticsServiceDefinition } from '@weft/proto/market/v1/analytics';
import { eventually } from '../../testing/eventually.ts';
import type { CallOptions } from '../client/CallOptions.ts';
import { RpcError } from '../rpc/RpcError.ts';
import { Telemetry } from '../telemetry/Telemetry.ts';
import { memoryLogger, TestServer } from '../testing/TestServer.ts';
import { analytics } from '../testing/testServices.ts';
import { Circuits } from './Circuits.ts';
import type { GuardOptions } from './GuardOptions.ts';

const unavailable = new RpcError(Status.UNAVAILABLE, 'down');

/** A guarded call of a number, which answers as `upstream` does at that moment. */
async function circuit(t: TestContext, options: Partial<GuardOptions<number, string>> = {}) {
  const lines: Record<string, unknown>[] = [];
  const log = memoryLogger(lines);
  const telemetry = await Telemetry.start({
    service: 'test',
    serviceId: 'test-1',
    version: '0.0.0',
    otlpEndpoint: undefined,
    log,
  });
  const circuits = new Circuits(telemetry.meter, log);
  const upstream = {
    calls: 0,
    answer: async (argument: number, _options: CallOptions): Promise<string> => `real ${argument}`,
  };
  const guarded = circuits.guard<number, string>(
    async (argument, given = {}) => {
      upstream.calls += 1;
      return upstream.answer(argument, given);
    },
    { name: 'test', fallback: (_, argument) => `fallback ${argument}`, ...options },
  );
  t.after(async () => {
    circuits.close();
    await telemetry.shutdown();
  });
  const metric = async (line: string) => {
    const text = await telemetry.prometheus();
    const found = text.split('\n').find((each) => each.startsWith(line));
    return Number(found?.split(' ').at(-1));
  };
  const states = () =>
    Promise.all(
      ['open', 'half_open', 'closed'].map((state) =>
        metric(`weft_circuit_state{circuit="test",state="${state}"`),
      ),
    );
  const outcomes = (outcome: string) =>
    metric(`weft_circuit_calls_total{circuit="test",outcome="${outcome}"`);
  /** Fails as often as it takes for the circuit to open. */
  const breakIt = async () => {
    upstream.answer = async () => Promise.reject(unavailable);
    for (let i = 0; i < 5; i += 1) await guarded(i);
    assert.equal(lines.at(-1)?.state, 'open');
  };
  return { circuits, guarded, upstream, lines, states, outcomes, breakIt };
}

test('closed: calls go through, and the state shows in the metrics', async (t) => {
  const { guarded, states, outcomes } = await circuit(t);
  assert.equal(await guarded(1), 'real 1');
  assert.deepEqual(await states(), [0, 0, 1]);
  assert.equal(await outcomes('success'), 1);
});

test('closed: a call that fails gets the fallback, which is told why', async (t) => {
  let told: unknown;
  const { guarded, upstream, states } = await circuit(t, {
    fallback: (error, argument) => {
      told = error;
      return `fallback ${argument}`;
    },
  });
  upstream.answer = async () => Promise.reject(unavailable);
  assert.equal(await guarded(1), 'fallback 1');
  assert.equal(told, unavailable);
  assert.deepEqual(await states(), [0, 0, 1], 'one failure opens no circuit');
});

test("closed: a caller's own mistakes pass through and never open the circuit", async (t) => {
  const { guarded, upstream, states, outcomes } = await circuit(t);
  for (const code of [
    Status.INVALID_ARGUMENT,
    Status.NOT_FOUND,
    Status.ALREADY_EXISTS,
    Status.PERMISSION_DENIED,
    Status.UNAUTHENTICATED,
    Status.FAILED_PRECONDITION,
    Status.OUT_OF_RANGE,
    Status.ABORTED,
  ]) {
    upstream.answer = async () => Promise.reject(new RpcError(code, 'wrong'));
    for (let i = 0; i < 3; i += 1) await assert.rejects(guarded(i), { code, message: 'wrong' });
  }
  assert.deepEqual(await states(), [0, 0, 1]);
  assert.ok(Number.isNaN(await outcomes('failure')), 'none counts as a failure');
});

test('closed: a call that takes too long is cancelled, and only that one', async (t) => {
  const { guarded, upstream, outcomes } = await circuit(t, {
    timeoutMs: 100,
    fallback: (error) => (error as RpcError).codeName,
  });
  const reasons = new Map<number, unknown>();
  const release = Promise.withResolvers<void>();
  upstream.answer = async (argument, { signal }) => {
    signal?.addEventListener('abort', () => reasons.set(argument, signal.reason));
    await (argument === 1 ? new Promise(() => {}) : release.promise);
    return `real ${argument}`;
  };
  const slow = guarded(1);
  assert.equal(await slow, 'DEADLINE_EXCEEDED');
  const second = guarded(2);
  release.resolve();
  assert.equal(await second, 'real 2');
  assert.deepEqual([...reasons.keys()], [1]);
  assert.equal((reasons.get(1) as RpcError).code, Status.DEADLINE_EXCEEDED);
  assert.equal(await outcomes('timeout'), 1);
});

test('closed: a caller that gives up is no failure of the upstream', async (t) => {
  const { guarded, upstream, states } = await circuit(t);
  upstream.answer = async (_, { signal }) => {
    if (signal) await once(signal, 'abort');
    throw new RpcError(Status.UNAVAILABLE, 'cut');
  };
  for (let i = 0; i < 8; i += 1) {
    const abort = new AbortController();
    const call = guarded(i, { signal: abort.signal });
    abort.abort();
    await assert.rejects(call, { code: Status.UNAVAILABLE });
  }
  assert.deepEqual(await states(), [0, 0, 1]);
});

test('open: the upstream is left in peace and callers get the fallback at once', async (t) => {
  const errors: unknown[] = [];
  const { guarded, upstream, states, outcomes, lines, breakIt } = await circuit(t, {
    fallback: (error, argument) => {
      errors.push(error);
      return `fallback ${argument}`;
    },
  });
  await breakIt();
  assert.deepEqual(await states(), [1, 0, 0]);
  const { calls } = upstream;
  assert.equal(await guarded(7), 'fallback 7');
  assert.equal(upstream.calls, calls);
  const last = errors.at(-1) as RpcError;
  assert.equal(last.code, Status.UNAVAILABLE);
  assert.match(last.message, /"test" is open/);
  assert.equal(await outcomes('rejected'), 1);
  assert.equal(await outcomes('fallback'), 6);
  assert.ok(
    lines.some(({ level, circuit: name, state }) => {
      return level === 'warn' && name === 'test' && state === 'open';
    }),
  );
});

test('half open: one call is tried, and its success closes the circuit', async (t) => {
  const { guarded, upstream, states, lines, breakIt } = await circuit(t, { resetMs: 50 });
  await breakIt();
  await eventually(async () => assert.deepEqual(await states(), [0, 1, 0]), 30_000);
  const { calls } = upstream;
  const release = Promise.withResolvers<void>();
  upstream.answer = async (argument) => {
    await release.promise;
    return `real ${argument}`;
  };
  const tried = guarded(1);
  assert.equal(await guarded(2), 'fallback 2', 'no second call while the first is tried');
  assert.equal(upstream.calls, calls + 1);
  release.resolve();
  assert.equal(await tried, 'real 1');
  assert.deepEqual(await states(), [0, 0, 1]);
  assert.deepEqual(
    lines.map(({ state }) => state),
    ['open', 'half_open', 'closed'],
  );
});

test('half open: one failure opens the circuit again', async (t) => {
  const { guarded, states, breakIt, lines } = await circuit(t, { resetMs: 50 });
  await breakIt();
  await eventually(async () => assert.deepEqual(await states(), [0, 1, 0]), 30_000);
  assert.equal(await guarded(1), 'fallback 1');
  assert.deepEqual(
    lines.map(({ state }) => state),
    ['open', 'half_open', 'open'],
  );
});

test('two circuits of one name are refused: their metrics could not be told apart', async (t) => {
  const { circuits } = await circuit(t);
  assert.throws(
    () => circuits.guard(async () => '', { name: 'test', fallback: () => '' }),
    /"test" already/,
  );
});

test("a client's method is guarded as it is, and its call ends on the wire when it takes too long", async (t) => {
  const ended = Promise.withResolvers<void>();
  const server = await TestServer.start(
    analytics(async (_, { signal }) => {
      await once(signal, 'abort');
      ended.resolve();
      throw signal.reason;
    }),
  );
  const circuits = new Circuits(server.telemetry.meter, server.environment.log);
  t.after(async () => {
    circuits.close();
    await server.stop();
  });
  const { getAssetSummary } = server.client(AnalyticsServiceDefinition);
  const guarded = circuits.guard(getAssetSummary, {
    name: 'summary',
    timeoutMs: 200,
    fallback: () => ({ summary: undefined }),
  });
  assert.deepEqual(await guarded({ assetSymbol: 'A' }), { summary: undefined });
  await ended.promise;
});
