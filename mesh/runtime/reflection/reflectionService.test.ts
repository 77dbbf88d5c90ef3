import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { status as Status } from '@grpc/grpc-js';
import { Contracts } from '@weft/mesh/contracts';
import {
  ServerReflectionDefinition,
  type ServerReflectionRequest,
} from '@weft/proto/grpc/reflection/v1/reflection';
import { TestServer } from '../testing/TestServer.ts';
import { reflectionService } from './reflectionService.ts';

type Question = NonNullable<ServerReflectionRequest['messageRequest']>;

const services = ['market.v1.AnalyticsService', 'grpc.reflection.v1.ServerReflection'];

async function ask(t: { after(hook: () => Promise<void>): void }, ...questions: Question[]) {
  const server = await TestServer.start(
    reflectionService(services, () => Contracts.load().registry),
  );
  t.after(() => server.stop());
  async function* requests() {
    for (const messageRequest of questions) yield { host: 'h', messageRequest };
  }
  const answers = [];
  const client = server.client(ServerReflectionDefinition);
  for await (const answer of client.serverReflectionInfo(requests())) {
    assert.equal(answer.validHost, 'h');
    answers.push(answer.messageResponse);
  }
  return answers;
}

test('the services that are served are listed', async (t) => {
  const [answer] = await ask(t, { $case: 'listServices', value: '' });
  assert.equal(answer?.$case, 'listServicesResponse');
  assert.deepEqual(
    answer.value.service.map(({ name }) => name),
    services,
  );
});

test('a symbol is answered with its file and all that it needs, once a stream', async (t) => {
  const [service, method, message, byName] = await ask(
    t,
    { $case: 'fileContainingSymbol', value: 'market.v1.AnalyticsService' },
    { $case: 'fileContainingSymbol', value: 'market.v1.AnalyticsService.ListAssets' },
    { $case: 'fileContainingSymbol', value: 'market.v1.AssetSummary.count' },
    { $case: 'fileByFilename', value: 'google/api/http.proto' },
  );
  const names = (answer: typeof service) => {
    assert.equal(answer?.$case, 'fileDescriptorResponse');
    return answer.value.fileDescriptorProto.map(
      (bytes) => fromBinary(FileDescriptorProtoSchema, bytes).name,
    );
  };
  const first = names(service);
  assert.equal(first[0], 'market/v1/analytics.proto');
  for (const needed of ['google/protobuf/timestamp.proto', 'buf/validate/validate.proto']) {
    assert.ok(first.includes(needed), needed);
  }
  assert.deepEqual(names(method), ['market/v1/analytics.proto']);
  assert.deepEqual(names(message), ['market/v1/analytics.proto']);
  assert.deepEqual(names(byName), ['google/api/http.proto']);
});

test('extensions are found by number', async (t) => {
  const [file, numbers] = await ask(
    t,
    {
      $case: 'fileContainingExtension',
      value: { containingType: 'google.protobuf.MethodOptions', extensionNumber: 50_800 },
    },
    { $case: 'allExtensionNumbersOfType', value: 'google.protobuf.MethodOptions' },
  );
  assert.equal(file?.$case, 'fileDescriptorResponse');
  assert.equal(numbers?.$case, 'allExtensionNumbersResponse');
  assert.ok(numbers.value.extensionNumber.includes(50_800));
});

test('what is not there is NOT_FOUND, and the stream goes on', async (t) => {
  const [symbol, file, type, list] = await ask(
    t,
    { $case: 'fileContainingSymbol', value: 'no.Such' },
    { $case: 'fileByFilename', value: 'no.proto' },
    { $case: 'allExtensionNumbersOfType', value: 'no.Such' },
    { $case: 'listServices', value: '' },
  );
  for (const answer of [symbol, file, type]) {
    assert.equal(answer?.$case, 'errorResponse');
    assert.equal(answer.value.errorCode, Status.NOT_FOUND);
  }
  assert.equal(list?.$case, 'listServicesResponse');
});
