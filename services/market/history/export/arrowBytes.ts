import {
  AsyncByteQueue,
  type Data,
  type DataType,
  Field,
  Float64,
  Int64,
  makeData,
  RecordBatch,
  RecordBatchStreamWriter,
  Schema,
  Struct,
  TimestampMicrosecond,
  Utf8,
} from 'apache-arrow';
import type { Column, Export } from './Column.ts';

/**
 * Rows as a stream of Arrow, a record batch for each portion.
 *
 * @see https://arrow.apache.org/docs/format/Columnar.html#ipc-streaming-format
 */
export async function* arrowBytes<Row>({
  columns,
  portions,
}: Export<Row>): AsyncGenerator<Uint8Array> {
  const fields = columns.map(({ name, type }) => new Field(name, TYPES[type](), false));
  const schema = new Schema(fields);
  const written = new Written();
  const writer = new RecordBatchStreamWriter();
  writer.reset(written, schema);
  for await (const rows of portions) {
    const children = columns.map((column) => dataOf(column, rows));
    const data = makeData({
      type: new Struct(fields),
      length: rows.length,
      nullCount: 0,
      children,
    });
    writer.write(new RecordBatch(schema, data));
    yield written.take();
  }
  writer.finish();
  yield written.take();
}

/** What the writer has written since. Its own queue, and its streams, take in all that there is before anybody reads. */
class Written extends AsyncByteQueue {
  #chunks: Uint8Array[] = [];

  override write(bytes: Uint8Array): void {
    this.#chunks.push(bytes);
  }

  take(): Uint8Array {
    const taken = Buffer.concat(this.#chunks);
    this.#chunks = [];
    return taken;
  }
}

const TYPES: Readonly<Record<Column<unknown>['type'], () => DataType>> = {
  time: () => new TimestampMicrosecond('UTC'),
  text: () => new Utf8(),
  double: () => new Float64(),
  integer: () => new Int64(),
};

function dataOf<Row>({ type, of }: Column<Row>, rows: readonly Row[]): Data {
  const common = { length: rows.length, nullCount: 0 };
  const bigints = () => BigInt64Array.from(rows, (row) => BigInt(of(row)));
  switch (type) {
    case 'time':
      return makeData({ ...common, type: new TimestampMicrosecond('UTC'), data: bigints() });
    case 'integer':
      return makeData({ ...common, type: new Int64(), data: bigints() });
    case 'double':
      return makeData({
        ...{ ...common, type: new Float64() },
        data: Float64Array.from(rows, (row) => Number(of(row))),
      });
    case 'text': {
      const texts = rows.map((row) => Buffer.from(String(of(row))));
      const valueOffsets = new Int32Array(texts.length + 1);
      for (const [index, { length }] of texts.entries()) {
        valueOffsets[index + 1] = (valueOffsets[index] ?? 0) + length;
      }
      return makeData({ ...common, type: new Utf8(), valueOffsets, data: Buffer.concat(texts) });
    }
  }
}
