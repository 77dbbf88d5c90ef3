import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { type FileDescriptorSet, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { Contracts } from './Contracts.ts';
import { digestOf } from './digestOf.ts';

const contracts = Contracts.load();
const digests = (image: Contracts) =>
  ['analytics', 'trading'].map((service) => digestOf(image, service));

function changed(change: (image: FileDescriptorSet) => void): Contracts {
  const image = fromBinary(FileDescriptorSetSchema, contracts.image);
  change(image);
  return new Contracts(toBinary(FileDescriptorSetSchema, image));
}

const [analytics, trading] = digests(contracts);

test('a service has another digest when a method goes, and others keep theirs', () => {
  const [without, same] = digests(
    changed(({ file }) => {
      for (const { name, method } of file.flatMap(({ service }) => service)) {
        if (name === 'AnalyticsService') method.pop();
      }
    }),
  );
  assert.notEqual(without, analytics);
  assert.equal(same, trading);
});

test('so it has when a message deep in its answers gets a field', () => {
  const [other, same] = digests(
    changed(({ file }) => {
      const [message] = file
        .flatMap(({ messageType }) => messageType)
        .filter(({ name }) => name === 'AssetSummary');
      assert.ok(message);
      const [field] = message.field;
      assert.ok(field);
      message.field.push({ ...field, name: 'another', jsonName: 'another', number: 999 });
    }),
  );
  assert.notEqual(other, analytics);
  assert.equal(same, trading);
});

test('comments make no difference, so that a page of them restarts nothing', () => {
  const uncommented = changed(({ file }) => {
    for (const one of file) delete one.sourceCodeInfo;
  });
  assert.deepEqual(digests(uncommented), [analytics, trading]);
});
