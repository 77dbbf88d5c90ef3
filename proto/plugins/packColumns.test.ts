import assert from 'node:assert/strict';
import { test } from 'node:test';
import { packColumns } from './packColumns.ts';

const column = (write: string, read: string) => `import { BinaryReader } from "wire";

    writer.uint32(10).fork();
    for (const v of message.x) {
      writer.${write};
    }
    writer.join();

          const end2 = reader.uint32() + reader.pos;
          while (reader.pos < end2) {
            message.x.push(${read});
          }

`;

for (const [type, write, read] of [
  ['Doubles', 'double(v)', 'reader.double()'],
  ['Uint32s', 'uint32(v)', 'reader.uint32()'],
  ['Uint64s', 'uint64(v)', 'longToNumber(reader.uint64())'],
] as const) {
  test(`a column of ${type} is written and read in one go`, () => {
    const source = packColumns(column(write, read), '../../packed');
    assert.match(source, new RegExp(`^import \\{ pack${type} \\} from "../../packed/`));
    assert.match(
      source,
      new RegExp(`writer.uint32\\(10\\).bytes\\(pack${type}\\(message.x\\)\\);`),
    );
    assert.match(
      source,
      new RegExp(`message.x = unpack${type}\\(reader.bytes\\(\\), message.x\\);`),
    );
    assert.doesNotMatch(source, /for \(|while \(/);
  });
}

test('what is not a column of these is left as it is', () => {
  const signed = column('int32(v)', 'reader.int32()');
  assert.equal(packColumns(signed, '.'), signed);
});

test('a column whose reading has changed is refused, not written in one form and read in another', () => {
  const half = column('double(v)', 'reader.double(1)');
  assert.throws(() => packColumns(half, '.'), /1 packed fields.*reads 0/);
});
