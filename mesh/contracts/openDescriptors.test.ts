import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  create,
  createFileRegistry,
  type DescMethod,
  type FileRegistry,
  fromBinary,
} from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { commentOf } from '../openapi/commentOf.ts';
import { isOpen } from './AccessRule.ts';
import { Contracts } from './Contracts.ts';
import { openDescriptors } from './openDescriptors.ts';

const image = fileURLToPath(import.meta.resolve('@weft/proto/documented.binpb'));
const contracts = Contracts.load(image);
const published = createFileRegistry(
  create(FileDescriptorSetSchema, { file: openDescriptors(contracts) }),
);

/**
 * Of options buf leaves out those that nothing uses, and of Google's own types too; and it takes in what extends another
 * option, though nothing imports it.
 */
const OPTIONS =
  /^(google\.protobuf\.|buf\.validate\.|google\.api\.([Rr]esource[_A-Z]\w+$|ResourceDescriptor)|weft\.type\.v1\.uuid_v7$)/;

const methodsOf = (registry: FileRegistry) =>
  [...registry].flatMap((type) => (type.kind === 'service' ? type.methods : []));

test('all open methods are published, and nothing that only internal ones speak of', () => {
  const open = contracts.methods.filter(isOpen).map(({ service, name }) => `${service}.${name}`);
  const found = methodsOf(published).map(({ parent, name }) => `${parent.typeName}.${name}`);
  assert.deepEqual(found.sort(), open.sort());
  assert.ok(open.length > 0 && open.length < contracts.methods.length);
  assert.ok(published.getMessage('market.v1.AssetSummary'));
  for (const name of ['market.v1.StreamMarketDataRequest', 'bench.v1.EchoRequest']) {
    assert.ok(contracts.registry.getMessage(name), name);
    assert.equal(published.getMessage(name), undefined, name);
  }
});

test('what is published is what buf itself finds the open methods to need', () => {
  const buf = join(
    dirname(createRequire(import.meta.url).resolve('@bufbuild/buf/package.json')),
    'bin/buf',
  );
  const types = contracts.methods
    .filter(isOpen)
    .flatMap(({ service, name }) => ['--type', `${service}.${name}`]);
  const bytes = execFileSync(process.execPath, [buf, 'build', image, ...types, '-o', '-'], {
    maxBuffer: 64 * 1_048_576,
  });
  const reference = createFileRegistry(fromBinary(FileDescriptorSetSchema, bytes));
  const namesOf = (registry: FileRegistry) =>
    [...registry]
      .map(({ typeName }) => typeName)
      .filter((name) => !OPTIONS.test(name))
      .sort();
  assert.deepEqual(namesOf(published), namesOf(reference));
});

test('each method keeps its own comment, whatever stood before it', () => {
  let others = 0;
  for (const method of methodsOf(published)) {
    const before = contracts.registry
      .getService(method.parent.typeName)
      ?.methods.find(({ name }) => name === method.name);
    assert.ok(before);
    if (before.parent.methods.indexOf(before) !== method.parent.methods.indexOf(method))
      others += 1;
    assert.equal(commentOf(method), commentOf(before));
    assert.equal(commentOf(method.input), commentOf(before.input));
    const comments = ({ output }: DescMethod) => output.fields.map(commentOf);
    assert.deepEqual(comments(method), comments(before));
  }
  assert.ok(others > 0);
});
