import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { context, SpanKind, trace } from '@opentelemetry/api';
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node';
import { freePort } from '../../testing/freePort.ts';
import { CallScope } from '../rpc/CallScope.ts';
import { RpcError } from '../rpc/RpcError.ts';
import { memoryLogger } from '../testing/TestServer.ts';
import { ReportingExporter } from './ReportingExporter.ts';
import { Telemetry } from './Telemetry.ts';
import { Tracing } from './Tracing.ts';

const METHOD = 'market.v1.AnalyticsService/ListAssets';
const options = {
  service: 'test',
  serviceId: 'test-1',
  version: '0.0.0',
  otlpEndpoint: undefined,
  log: memoryLogger([]),
};

test("calls appear in Prometheus' text, beside the service's own metrics", async () => {
  const telemetry = await Telemetry.start(options);
  telemetry.meter.createCounter('assets.listed').add(2);
  telemetry.calls.serverStarted(METHOD);
  telemetry.calls.serverStarted(METHOD);
  telemetry.calls.serverEnded(METHOD, 'OK', 0.0007);
  telemetry.calls.serverEnded(METHOD, 'NOT_FOUND', 3);
  telemetry.calls.clientEnded(METHOD, 'xds:///analytics', 'OK', 1_000);
  const text = await telemetry.prometheus();
  const labels = `grpc_method="${METHOD}"`;
  for (const line of [
    /^assets_listed_total\{.*\} 2$/m,
    /^process_memory_usage\{.*\} \d{7,}$/m,
    /^process_cpu_time_total\{cpu_mode="user".*\} [0-9.]+$/m,
    /^nodejs_eventloop_utilization\{.*\} [0-9.]+$/m,
    new RegExp(`^grpc_server_call_started_total\\{${labels}.*\\} 2$`, 'm'),
    new RegExp(`^grpc_server_call_duration_sum\\{${labels},grpc_status="OK".*\\} 0\\.0007$`, 'm'),
    new RegExp(
      `^grpc_server_call_duration_bucket\\{${labels},grpc_status="OK".*le="0.0006"\\} 0$`,
      'm',
    ),
    new RegExp(
      `^grpc_server_call_duration_bucket\\{${labels},grpc_status="OK".*le="0.0008"\\} 1$`,
      'm',
    ),
    new RegExp(
      `^grpc_server_call_duration_bucket\\{${labels},grpc_status="NOT_FOUND".*le="5"\\} 1$`,
      'm',
    ),
    new RegExp(
      `^grpc_client_call_duration_bucket\\{${labels},grpc_target="xds:///analytics".*le="100"\\} 0$`,
      'm',
    ),
    new RegExp(
      `^grpc_client_call_duration_count\\{${labels},grpc_target="xds:///analytics".*\\} 1$`,
      'm',
    ),
  ]) {
    assert.match(text, line);
  }
  await telemetry.shutdown();
});

test('a call made for another is its child, and so is a span of the service itself', async () => {
  const exporter = new InMemorySpanExporter();
  const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const tracer = provider.getTracer('test');
  const tracing = new Tracing(tracer);
  const remote = {
    traceId: 'ab'.repeat(16),
    spanId: 'cd'.repeat(8),
    traceFlags: 1,
    isRemote: true,
  };
  const served = tracing.server(METHOD, remote);
  await new CallScope(served, Infinity).run(async () => {
    await Promise.resolve();
    tracing.end(tracing.client('other.Service/Call'), new RpcError(5, 'no'));
    tracer.startActiveSpan('own', (span) => {
      assert.equal(trace.getSpan(context.active()), span);
      assert.equal(CallScope.current()?.span, served);
      span.end();
    });
  });
  tracing.end(served, undefined);
  const [made, own, server] = exporter.getFinishedSpans();
  assert.equal(server?.kind, SpanKind.SERVER);
  assert.equal(server?.parentSpanContext?.spanId, remote.spanId);
  assert.equal(made?.kind, SpanKind.CLIENT);
  for (const span of [made, own]) {
    assert.equal(span?.spanContext().traceId, remote.traceId);
    assert.equal(span?.parentSpanContext?.spanId, served.spanContext().spanId);
  }
  assert.equal(made?.attributes['rpc.grpc.status_code'], 5);
});

test('without a tracer the ids go on all the same', () => {
  const tracing = new Tracing();
  const remote = { traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8), traceFlags: 1 };
  const served = tracing.server(METHOD, remote).spanContext();
  assert.equal(served.traceId, remote.traceId);
  assert.notEqual(served.spanId, remote.spanId);
  assert.equal(served.traceFlags, 1);
  assert.notEqual(
    tracing.server(METHOD, undefined).spanContext().traceId,
    tracing.server(METHOD, undefined).spanContext().traceId,
  );
});

test('a line logged while a call is served carries its trace id', async () => {
  const lines: Record<string, unknown>[] = [];
  const log = memoryLogger(lines);
  const span = new Tracing().server(METHOD, undefined);
  await new CallScope(span, Infinity).run(async () => {
    await Promise.resolve();
    log.info('inside');
  });
  log.info('outside');
  assert.deepEqual(
    lines.map(({ traceId }) => traceId),
    [span.spanContext().traceId, undefined],
  );
});

test('a metric whose callback throws leaves the others, and is in the log', async () => {
  const lines: Record<string, unknown>[] = [];
  const telemetry = await Telemetry.start({ ...options, log: memoryLogger(lines) });
  telemetry.meter.createObservableGauge('broken').addCallback(() => {
    throw new Error('no reading');
  });
  telemetry.meter.createCounter('sound').add(1);
  assert.match(await telemetry.prometheus(), /^sound_total\{.*\} 1$/m);
  assert.match(JSON.stringify(lines), /no reading/);
  await telemetry.shutdown();
});

/** A collector of OTLP over HTTP that keeps what it gets, and answers as it is told to. */
async function collectorOf(t: TestContext, port = 0) {
  const received: { url: string | undefined; body: Buffer }[] = [];
  const answer = { status: 200 as number | 'none' };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    received.push({ url: request.url, body: Buffer.concat(chunks) });
    if (answer.status !== 'none') response.writeHead(answer.status).end();
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port: taken } = server.address() as AddressInfo;
  return { endpoint: `http://127.0.0.1:${taken}/`, received, answer };
}

test('traces go to the OTLP endpoint, at the latest when the process stops', async (t) => {
  const { endpoint, received } = await collectorOf(t);
  const telemetry = await Telemetry.start({ ...options, otlpEndpoint: endpoint });
  telemetry.tracing.end(telemetry.tracing.server(METHOD, undefined), undefined);
  await telemetry.shutdown();
  assert.equal(received[0]?.url, '/v1/traces');
  assert.ok(received[0]?.body.includes(METHOD));
  assert.ok(received[0]?.body.includes('test-1'));
});

for (const [what, endpointOf] of [
  ['is away', async () => `http://127.0.0.1:${await freePort()}`],
  [
    'hangs',
    async (t: TestContext) => {
      const { endpoint, answer } = await collectorOf(t);
      answer.status = 'none';
      return endpoint;
    },
  ],
  ['speaks another protocol', async () => 'grpc://127.0.0.1:1'],
] as const) {
  test(`a collector that ${what} neither fails nor delays the end, and what is lost is told`, async (t) => {
    const lines: Record<string, unknown>[] = [];
    const telemetry = await Telemetry.start({
      ...options,
      otlpEndpoint: await endpointOf(t),
      log: memoryLogger(lines),
    });
    for (let n = 0; n < 3; n += 1) {
      telemetry.tracing.end(telemetry.tracing.server(METHOD, undefined), undefined);
    }
    await telemetry.shutdown();
    assert.equal(lines.length, 1, JSON.stringify(lines));
    assert.deepEqual([lines[0]?.level, lines[0]?.lost], ['warn', 3]);
  });
}

test('that traces are lost is told once a minute with their number, and so is that they are sent again', (t) => {
  let now = 0;
  t.mock.method(performance, 'now', () => now);
  let isAway = true;
  const lines: Record<string, unknown>[] = [];
  const exporter = new ReportingExporter({
    endpoint: 'http://collector',
    log: memoryLogger(lines),
    exporter: {
      export: (_, done) =>
        done(isAway ? { code: 1, error: new Error('ECONNREFUSED') } : { code: 0 }),
      shutdown: async () => {},
    },
  });
  const spans = [{}, {}] as ReadableSpan[];
  const codes: number[] = [];
  const send = () => exporter.export(spans, ({ code }) => codes.push(code));
  for (; now < 120_000; now += 5_000) send();
  isAway = false;
  send();
  send();
  isAway = true;
  send();
  assert.deepEqual(
    lines.map(({ msg, lost }) => [msg, lost]),
    [
      ['traces cannot be sent', 2],
      ['traces cannot be sent', 26],
      ['traces are sent again', 48],
      ['traces cannot be sent', 2],
    ],
  );
  assert.deepEqual([...new Set(codes)], [0]);
});
