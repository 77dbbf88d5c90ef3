import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  create,
  type FileRegistry,
  fromBinary,
  fromJsonString,
  toBinary,
  toJson,
} from '@bufbuild/protobuf';
import {
  type DescriptorProto,
  type FieldDescriptorProto,
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FieldDescriptorProto_Type as Type,
} from '@bufbuild/protobuf/wkt';
import { loadSync } from '@grpc/proto-loader';
import { Contracts } from '@weft/mesh/contracts';
import { fileRegistry, missingTypes } from './fileRegistry.ts';

const SERVICE = 'market.v1.AnalyticsService';

/** What protoc makes of the contract of analytics and of all that it imports. */
function compiled(): FileDescriptorProto[] {
  const { registry } = Contracts.load();
  const files = new Map<string, FileDescriptorProto>();
  const add = ({ proto, dependencies }: NonNullable<ReturnType<typeof registry.getFile>>) => {
    for (const file of dependencies) add(file);
    files.set(
      proto.name,
      fromBinary(FileDescriptorProtoSchema, toBinary(FileDescriptorProtoSchema, proto)),
    );
  };
  const service = registry.getService(SERVICE);
  assert.ok(service);
  add(service.file);
  return [...files.values()];
}

function eachField(file: FileDescriptorProto, change: (field: FieldDescriptorProto) => void): void {
  const within = (message: DescriptorProto) => {
    message.field.forEach(change);
    message.nestedType.forEach(within);
  };
  file.messageType.forEach(within);
}

/** A message of several words, a time and an enum, to the wire and back by what the registry knows. */
function assertUsable(registry: FileRegistry): void {
  const methods = registry.getService(SERVICE)?.methods ?? [];
  const output = methods.find(({ name }) => name === 'GetAssetSummary')?.output;
  const input = methods.find(({ name }) => name === 'ListCandles')?.input;
  assert.ok(output && input);
  const summary = { assetSymbol: 'A', count: '3', fromTime: '2026-01-02T03:04:05Z' };
  const message = fromJsonString(output, JSON.stringify({ summary }));
  assert.deepEqual(toJson(output, fromBinary(output, toBinary(output, message))), { summary });
  const request = { assetSymbol: 'A', interval: '86400s' };
  assert.deepEqual(toJson(input, fromJsonString(input, JSON.stringify(request))), request);
}

test("protoc's own descriptors", () => assertUsable(fileRegistry(compiled())));

test('without json_name, as grpc-java sends them', () => {
  const files = compiled();
  for (const file of files) {
    eachField(file, (field) => {
      field.jsonName = '';
    });
  }
  assertUsable(fileRegistry(files));
});

test('without labels, without types where there is a type name, without options and in any order', () => {
  const files = compiled();
  for (const file of files) {
    if (file.package === 'google.protobuf') continue;
    file.options = undefined;
    file.sourceCodeInfo = undefined;
    eachField(file, (field) => {
      field.options = undefined;
      if (field.label === 1) field.label = 0 as FieldDescriptorProto['label'];
      if (field.typeName) field.type = 0 as FieldDescriptorProto['type'];
    });
  }
  assertUsable(fileRegistry(files.reverse()));
});

test('without the files that only their options need, or those of Google', () => {
  const files = compiled().filter((file) => file.package === 'market.v1');
  assert.ok(files.some(({ dependency }) => dependency.includes('buf/validate/validate.proto')));
  assert.deepEqual(missingTypes(files), []);
  assertUsable(fileRegistry(files));
});

test("without imports and with relative names, as Node's @grpc/reflection sends them", () => {
  const root = new URL('../../../', import.meta.url);
  const includeDirs = ['proto', 'third_party'].map((name) => fileURLToPath(new URL(name, root)));
  const loaded = loadSync('market/v1/analytics.proto', { includeDirs });
  const files = new Map<string, FileDescriptorProto>();
  for (const { fileDescriptorProtos = [] } of Object.values(loaded) as {
    fileDescriptorProtos?: Buffer[];
  }[]) {
    for (const bytes of fileDescriptorProtos) {
      const file = fromBinary(FileDescriptorProtoSchema, bytes);
      files.set(file.name, file);
    }
  }
  const fields = [...files.values()].flatMap((file) => file.messageType).flatMap((m) => m.field);
  assert.ok(fields.some(({ typeName }) => typeName === 'AssetSummary'));
  assertUsable(fileRegistry(files.values()));
});

test('a relative name is the innermost type of that name', () => {
  const file = create(FileDescriptorProtoSchema, {
    name: 'a.proto',
    package: 'a.b',
    syntax: 'proto3',
    messageType: [
      { name: 'Item' },
      {
        name: 'Box',
        field: [
          { name: 'own_item', number: 1, type: Type.MESSAGE, typeName: 'Item' },
          { name: 'other_item', number: 2, type: Type.MESSAGE, typeName: 'b.Item' },
        ],
        nestedType: [{ name: 'Item' }],
      },
    ],
  });
  const box = fileRegistry([file]).getMessage('a.b.Box');
  assert.deepEqual(
    box?.fields.map(({ jsonName, message }) => [jsonName, message?.typeName]),
    [
      ['ownItem', 'a.b.Box.Item'],
      ['otherItem', 'a.b.Item'],
    ],
  );
});

test('a type that no file has is named', () => {
  const file = create(FileDescriptorProtoSchema, {
    name: 'a.proto',
    package: 'a',
    syntax: 'proto3',
    messageType: [{ name: 'Box', field: [{ name: 'item', number: 1, typeName: '.other.Item' }] }],
  });
  assert.deepEqual(missingTypes([file]), ['other.Item']);
  assert.throws(() => fileRegistry([file]), /a\.proto names \.other\.Item/);
});
