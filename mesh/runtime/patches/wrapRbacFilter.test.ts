import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import {
  Client,
  credentials,
  experimental,
  Metadata,
  Server,
  ServerCredentials,
  type ServerInterceptor,
  type ServiceError,
  status as Status,
} from '@grpc/grpc-js';
import protobuf from 'protobufjs';
import { listen } from '../../testing/listen.ts';
import { reportDenials } from '../permission/reportDenials.ts';
import { CallMetrics } from '../telemetry/CallMetrics.ts';
import { CallMetricsProducer } from '../telemetry/CallMetricsProducer.ts';
import { memoryLogger } from '../testing/TestServer.ts';
import { applyPatch } from './applyPatches.ts';
import { wrapRbacFilter } from './wrapRbacFilter.ts';

const RBAC = 'envoy.extensions.filters.http.rbac.v3.RBAC';
const anybody = [{ any: true }];
const header = (name: string) => [{ header: { name, present_match: true } }];
const policy = (permissions: object[]) => ({ permissions, principals: anybody });

/** Encodes with the protos that grpc-js-xds brings along. */
function encode(message: object): Buffer {
  const require = createRequire(import.meta.url);
  const deps = path.join(path.dirname(require.resolve('@grpc/grpc-js-xds/package.json')), 'deps');
  const descriptor = require('protobufjs/google/protobuf/descriptor.json');
  protobuf.common('descriptor', descriptor.nested.google.nested.protobuf.nested);
  const root = new protobuf.Root();
  root.resolvePath = (_origin, target) => {
    const folder = ['envoy-api', 'xds', 'googleapis', 'protoc-gen-validate'].find((each) =>
      existsSync(path.join(deps, each, target)),
    );
    return folder ? path.join(deps, folder, target) : target;
  };
  const type = root
    .loadSync('envoy/extensions/filters/http/rbac/v3/rbac.proto', { keepCase: true })
    .lookupType(RBAC);
  return Buffer.from(type.encode(type.fromObject(message)).finish());
}

describe('wrapRbacFilter', () => {
  const lines: Record<string, unknown>[] = [];
  const metrics = new CallMetrics();
  let server: Server;
  let client: Client;
  let endReports: () => void;

  before(async () => {
    process.env.GRPC_XDS_EXPERIMENTAL_RBAC = 'true';
    // In this order: the second reads protos that the first has made known.
    const { register } = await import('@grpc/grpc-js-xds');
    const { default: registry } = await import('@grpc/grpc-js-xds/build/src/http-filter.js');
    await applyPatch(wrapRbacFilter, { log: memoryLogger([]) });
    register();
    const value = encode({
      rules: { action: 'ALLOW', policies: { allow: policy(header('x-allowed')) } },
      shadow_rules: {
        action: 'DENY',
        policies: { 'the second': policy(header('x-b')), 'the first': policy(header('x-a')) },
      },
    });
    const config = registry.parseTopLevelFilterConfig(
      { type_url: `type.googleapis.com/${RBAC}`, value } as never,
      false,
    );
    assert.ok(config);
    const filter = registry.createServerHttpFilter(config, new Map()) as ServerInterceptor;
    server = new Server();
    const bytes = (value: Buffer) => value;
    server.register(
      '/a.v1.A/Do',
      (_call: unknown, done: (error: Partial<ServiceError>) => void) =>
        done({ code: Status.PERMISSION_DENIED, details: 'the handler itself' }),
      bytes,
      bytes,
      'unary',
    );
    const guarded = experimental.createServerCredentialsWithInterceptors(
      ServerCredentials.createInsecure(),
      [filter],
    );
    const port = await listen(server, guarded);
    client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
    endReports = reportDenials({ log: memoryLogger(lines), metrics });
  });
  after(() => {
    endReports?.();
    client?.close();
    server?.forceShutdown();
  });
  beforeEach(() => lines.splice(0));

  const call = (headers: Record<string, string>) =>
    new Promise<ServiceError | null>((resolve) => {
      const metadata = Metadata.fromHttp2Headers(headers);
      const bytes = (value: Buffer) => value;
      client.makeUnaryRequest('/a.v1.A/Do', bytes, bytes, Buffer.alloc(0), metadata, resolve);
    });
  const rules = () => lines.map(({ rule }) => rule);

  test('a call that no rule is about is told of, once', async () => {
    const refused = await call({});
    assert.equal(refused?.code, Status.PERMISSION_DENIED);
    assert.deepEqual(rules(), ['no intention allows it']);
    assert.equal(lines[0]?.method, 'a.v1.A/Do');
  });

  test('the rule is the first shadow rule that matches, as they were written', async () => {
    await call({ 'x-a': '1' });
    await call({ 'x-a': '1', 'x-b': '1' });
    assert.deepEqual(rules(), ['the first', 'the second']);
  });

  test('a call that is let in is left to its handler, also when that denies it', async () => {
    const answer = await call({ 'x-allowed': '1', 'x-a': '1' });
    assert.equal(answer?.details, 'the handler itself');
    assert.deepEqual(lines, []);
  });

  test('denied calls are in the metrics', async () => {
    const count = async () => {
      const { resourceMetrics } = await new CallMetricsProducer(metrics).collect();
      const duration = resourceMetrics.scopeMetrics[0]?.metrics.find(
        ({ descriptor }) => descriptor.name === 'grpc.server.call.duration',
      );
      const point = duration?.dataPoints.find(
        ({ attributes }) => attributes['grpc.status'] === 'PERMISSION_DENIED',
      );
      return (point?.value as { count: number } | undefined)?.count ?? 0;
    };
    const before = await count();
    await call({});
    await call({ 'x-allowed': '1' });
    assert.equal((await count()) - before, 1);
  });
});
