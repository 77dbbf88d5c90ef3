import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { fromJson, toBinary } from '@bufbuild/protobuf';
import { Contracts } from '@weft/mesh/contracts';
import { type CallContext, type HttpContext, Status } from '@weft/mesh/runtime';
import type { ReadLine } from '../../lines/ReadLine.ts';
import type { Source } from '../Intake.ts';
import { OtlpReader } from './OtlpRequest.ts';
import { otlpFace } from './otlpFace.ts';
import { otlpService } from './otlpService.ts';
import { readOtlpLogs } from './readOtlpLogs.ts';

const contracts = Contracts.load();
const reader = new OtlpReader(contracts);
const TRACE = '0af7651916cd43dd8448eb211c80319c';
/** As an exporter of JSON writes it. */
const EXPORT = {
  resourceLogs: [
    {
      resource: {
        attributes: [
          { key: 'service.name', value: { stringValue: 'risk' } },
          { key: 'service.instance.id', value: { stringValue: 'risk-1' } },
          { key: 'host', value: { stringValue: 'h' } },
        ],
      },
      scopeLogs: [
        {
          scope: { name: 'app' },
          logRecords: [
            {
              timeUnixNano: '1795975690123456789',
              severityNumber: 13,
              body: { stringValue: 'limit reached' },
              traceId: TRACE,
              spanId: '00f067aa0ba902b7',
              attributes: [
                { key: 'count', value: { intValue: '9007199254740993' } },
                { key: 'list', value: { arrayValue: { values: [{ boolValue: true }] } } },
                { key: 'nothing', value: {} },
              ],
            },
            { observedTimeUnixNano: '1', body: { kvlistValue: { values: [] } } },
          ],
        },
      ],
      futureField: 1,
    },
  ],
};
const LINES: ReadLine[] = [
  {
    ...{ time: 1795975690123456789n, level: 'warn', message: 'limit reached', traceId: TRACE },
    ...{ service: 'risk', instance: 'risk-1' },
    fields: {
      ...{ host: 'h', scope: 'app', count: '9007199254740993', list: [true], nothing: undefined },
      spanId: '00f067aa0ba902b7',
    },
  },
  {
    ...{ time: 1n, level: 'info', message: '{}', traceId: undefined },
    ...{ service: 'risk', instance: 'risk-1', fields: { host: 'h', scope: 'app' } },
  },
];

/** As an exporter of protobuf writes it: ids are bytes there. */
function binary(): Uint8Array {
  const schema = contracts.registry.getMessage(
    'opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest',
  );
  assert.ok(schema);
  const text = JSON.stringify(EXPORT, (key, value) =>
    key === 'traceId' || key === 'spanId' ? Buffer.from(value, 'hex').toString('base64') : value,
  );
  return toBinary(schema, fromJson(schema, JSON.parse(text), { ignoreUnknownFields: true }));
}

test('an export says the same in JSON and in protobuf, to the last nanosecond and digit', () => {
  assert.deepEqual(readOtlpLogs(reader.fromJson(JSON.stringify(EXPORT))), LINES);
  assert.deepEqual(readOtlpLogs(reader.fromBinary(binary())), LINES);
});

test('lines that come by gRPC are of the service whose certificate brings them', async () => {
  const taken: [Source, readonly ReadLine[]][] = [];
  const take = async (source: Source, lines: readonly ReadLine[]) => {
    taken.push([source, lines]);
  };
  const { service, handlers } = otlpService({ take }, reader);
  const { requestType } = service.methods.export ?? assert.fail();
  const send = (peer: string, principal?: object) => {
    const context = { peer: { spiffeId: '', service: peer }, principal };
    const handle = handlers.export as (request: unknown, context: CallContext) => Promise<object>;
    return handle(requestType.decode(binary()), context as CallContext);
  };
  await send('pricing');
  assert.deepEqual(taken, [[{ service: 'pricing' }, LINES]]);
  // What comes by the edge is of an API key, or of nobody.
  await send('gateway', { kind: 'api_key', session: 'key-1' });
  assert.equal(taken[1]?.[0].service, 'api-key:key-1');
  await assert.rejects(() => send('gateway', { kind: 'user', session: 's' }), /have a sender/);
});

test('exports by HTTP come in JSON and in protobuf, packed or not, and what is neither is refused', async () => {
  const taken: (readonly ReadLine[])[] = [];
  const take = async (_: Source, lines: readonly ReadLine[]) => void taken.push(lines);
  const { http } = otlpFace({ take }, reader);
  const context = { principal: { kind: 'api_key', session: 'key-1' } } as unknown as HttpContext;
  const server = createServer((request, response) => {
    Promise.resolve(http.request?.(request, response, context)).catch((error) => {
      response.writeHead(error.code === Status.INVALID_ARGUMENT ? 400 : 500).end(error.message);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  try {
    const post = async (type: string, body: Uint8Array | string, encoding?: string) => {
      const stream = client.request({
        ...{ ':method': 'POST', ':path': '/v1/logs', 'content-type': type },
        ...(encoding && { 'content-encoding': encoding }),
      });
      stream.end(body);
      const [headers] = await once(stream, 'response');
      await buffer(stream);
      return headers[':status'];
    };
    const [json, protobuf] = [JSON.stringify(EXPORT), binary()];
    assert.equal(await post('application/json', json), 200);
    assert.equal(await post('application/json; charset=utf-8', gzipSync(json), 'gzip'), 200);
    assert.equal(await post('application/x-protobuf', protobuf), 200);
    assert.equal(await post('application/x-protobuf', gzipSync(protobuf), 'gzip'), 200);
    assert.deepEqual(taken, [LINES, LINES, LINES, LINES]);
    // A small body that is a large one once it is unpacked, no gzip at all, half of one, and another packing.
    const bomb = gzipSync(Buffer.alloc(64 * 1_048_576));
    assert.equal(await post('application/json', bomb, 'gzip'), 400);
    assert.equal(await post('application/json', json, 'gzip'), 400);
    assert.equal(await post('application/json', gzipSync(json).subarray(0, 50), 'gzip'), 400);
    assert.equal(await post('application/json', json, 'br'), 400);
    assert.equal(await post('text/plain', json), 400);
    assert.equal(taken.length, 4);
  } finally {
    client.destroy();
    server.close();
  }
});
