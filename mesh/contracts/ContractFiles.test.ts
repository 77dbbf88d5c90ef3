import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { ContractFiles } from './ContractFiles.ts';
import { Contracts } from './Contracts.ts';

const { image } = Contracts.load();

test('what each file declares is known as its descriptor has it', () => {
  const files = new ContractFiles(image);
  for (const { name, dependencies, services, messages } of files) {
    const file = files.descriptor(name);
    assert.deepEqual(dependencies, file.proto.dependency, name);
    assert.deepEqual(
      services,
      file.services.map(({ typeName }) => typeName),
    );
    assert.deepEqual(
      messages,
      file.messages.map(({ typeName }) => typeName),
    );
  }
});

test('mesh services and publishers are those that the contracts name', () => {
  const contracts = new Contracts(image);
  const said = new Set(contracts.methods.flatMap(({ meshService = [] }) => meshService));
  const found = new Set([...new ContractFiles(image)].flatMap(({ meshServices }) => meshServices));
  assert.deepEqual([...found].sort(), [...said].sort());
  assert.ok(found.has('trading'));
  const publishers = new Set([...contracts.events.values()].map(({ publisher }) => publisher));
  assert.ok(publishers.size > 0);
  for (const service of new Set([...said, ...publishers])) {
    assert.equal(contracts.publishes(service), publishers.has(service), service);
  }
});

test('a service stands on its own contracts: others may be broken', () => {
  const set = fromBinary(FileDescriptorSetSchema, image);
  const broken = create(FileDescriptorProtoSchema, {
    ...{ name: 'shop/v1/order.proto', package: 'shop.v1', dependency: ['missing.proto'] },
    service: [{ name: 'OrderService' }],
  });
  set.file.push(broken);
  const contracts = new Contracts(toBinary(FileDescriptorSetSchema, set));
  const list = contracts.method('/market.v1.AnalyticsService/ListAssets');
  assert.equal(list?.meshService, 'analytics');
  assert.equal(contracts.methodsOf('analytics').length > 1, true);
  assert.throws(() => contracts.methodsOfService('shop.v1.OrderService'), /missing\.proto/);
  assert.throws(() => contracts.registry, /missing\.proto/);
});

test('a type is the same whichever way it is found', () => {
  const contracts = new Contracts(image);
  const input = contracts.method('/market.v1.TradingService/CreateFeed')?.input;
  assert.ok(input);
  assert.equal(contracts.registry.getMessage(input.typeName), input);
  assert.equal(contracts.registryOf(input.file).getMessage(input.typeName), input);
  const time = input.file.dependencies.find(({ proto }) => /policy\.proto$/.test(proto.name));
  assert.equal(contracts.registry.getFile('weft/policy/v1/policy.proto'), time);
});

test('bytes that are no image are refused', () => {
  for (const text of ['', 'no image', '{"file": []}', '\0\0\0']) {
    assert.throws(() => new Contracts(Buffer.from(text)), text);
  }
});
