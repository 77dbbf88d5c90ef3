import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { context, SpanKind, trace } from '@opentelemetry/api';
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node';
import { CallScope } from '../rpc/CallScope.ts';
import { RpcError } from '../rpc/RpcError.ts';
import { memoryLogger } from '../testing/TestServer.ts';
import { Telemetry } from './Telemetry.ts';
import { Tracing } from './Tracing.ts';

const METHOD = 'market.v1.AnalyticsService/ListAssets';
const options = { service: 'test', serviceId: 'test-1', version: '0.0.0', otlpEndpoint: undefined };

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

test('traces go to the OTLP endpoint, at the latest when the process stops', async (t) => {
  const received: { url: string | undefined; body: Buffer }[] = [];
  const collector = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    received.push({ url: request.url, body: Buffer.concat(chunks) });
    response.end();
  });
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    collector.closeAllConnections();
    collector.close();
  });
  const { port } = collector.address() as AddressInfo;
  const telemetry = await Telemetry.start({
    ...options,
    otlpEndpoint: `http://127.0.0.1:${port}/`,
  });
  telemetry.tracing.end(telemetry.tracing.server(METHOD, undefined), undefined);
  await telemetry.shutdown();
  assert.equal(received[0]?.url, '/v1/traces');
  assert.ok(received[0]?.body.includes(METHOD));
  assert.ok(received[0]?.body.includes('test-1'));
});
