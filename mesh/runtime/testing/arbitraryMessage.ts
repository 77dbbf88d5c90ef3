import {
  create,
  type DescField,
  type DescMessage,
  type Message,
  ScalarType,
} from '@bufbuild/protobuf';
import fc from 'fast-check';

const DEPTH = 3;

/** Messages of a type, rich in the values that rules draw their lines at. */
export function arbitraryMessage(type: DescMessage, depth = DEPTH): fc.Arbitrary<Message> {
  const fields: Record<string, fc.Arbitrary<unknown>> = {};
  for (const oneof of type.oneofs) {
    const members = oneof.fields.filter((field) => depth > 0 || !field.message);
    fields[oneof.localName] = fc.option(
      fc.oneof(
        ...members.map((field) =>
          single(field, depth).map((value) => ({ case: field.localName, value })),
        ),
      ),
      { nil: { case: undefined } },
    );
  }
  for (const field of type.fields) {
    if (field.oneof || (field.message && depth === 0)) continue;
    const value = single(field, depth);
    fields[field.localName] =
      field.fieldKind === 'list' || field.fieldKind === 'map'
        ? value
        : fc.option(value, { nil: undefined, freq: 4 });
  }
  return fc.record(fields, { requiredKeys: [] }).map((init) => {
    const set = Object.entries(init).filter(([, value]) => value !== undefined);
    return create(type, Object.fromEntries(set));
  });
}

function single(field: DescField, depth: number): fc.Arbitrary<unknown> {
  switch (field.fieldKind) {
    case 'list':
      return fc.array(item(field, depth), { maxLength: 4 });
    case 'map':
      return fc.dictionary(strings(), item(field, depth), { maxKeys: 4 });
    default:
      return item(field, depth);
  }
}

function item(field: DescField, depth: number): fc.Arbitrary<unknown> {
  if (field.message) return messages(field.message, depth);
  if (field.enum) return fc.integer({ min: -1, max: 4 });
  return scalars(field.scalar ?? ScalarType.STRING);
}

function messages(type: DescMessage, depth: number): fc.Arbitrary<Message> {
  if (type.typeName === 'google.protobuf.Timestamp') {
    const now = BigInt(Math.floor(Date.now() / 1_000));
    // Seconds near a minute ahead are left out: the clock moves between the two verdicts.
    const near = [-100n, 0n, 30n, 90n, 1_000n].map((seconds) => now + seconds);
    return spread(type, [...near, 0n, -1n, 253_402_300_799n, 253_402_300_800n, 1n << 52n]);
  }
  if (type.typeName === 'google.protobuf.Duration') {
    return spread(type, [0n, 1n, -1n, 59n, 60n, 61n, 604_800n, 604_801n, 1n << 52n]);
  }
  if (type.typeName === 'google.protobuf.Struct') {
    // Fields of this type hold the JSON itself.
    const json = fc.dictionary(fc.stringMatching(/^[a-z]{1,3}$/), fc.jsonValue({ maxDepth: 1 }));
    return json as fc.Arbitrary<unknown> as fc.Arbitrary<Message>;
  }
  return arbitraryMessage(type, depth - 1);
}

function spread(type: DescMessage, seconds: readonly bigint[]): fc.Arbitrary<Message> {
  return fc
    .record({ seconds: fc.constantFrom(...seconds), nanos: fc.constantFrom(0, 1, 999_999_999) })
    .map((init) => create(type, init as never));
}

function scalars(type: ScalarType): fc.Arbitrary<unknown> {
  switch (type) {
    case ScalarType.STRING:
      return strings();
    case ScalarType.BOOL:
      return fc.boolean();
    case ScalarType.BYTES:
      return fc.uint8Array({ maxLength: 6 });
    case ScalarType.DOUBLE:
      return fc.oneof(
        fc.constantFrom(0, -0, 1, -1, 0.5, 5, 10, Number.MIN_VALUE, Number.MAX_VALUE),
        fc.constantFrom(Number.NaN, Infinity, -Infinity, 9.999999999999998, 10.000000000000002),
        fc.double(),
      );
    case ScalarType.FLOAT:
      return fc.oneof(fc.constantFrom(0, -0, 1, 5, 10, Number.NaN, Infinity), fc.float());
    case ScalarType.INT32:
    case ScalarType.SINT32:
    case ScalarType.SFIXED32:
      return fc.oneof(fc.integer({ min: -2, max: 12 }), fc.integer());
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return fc.oneof(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 2_000 }));
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return fc.oneof(fc.bigInt(0n, 12n), fc.bigInt(0n, BigInt(Number.MAX_SAFE_INTEGER)));
    default:
      return fc.oneof(fc.bigInt(-2n, 12n), fc.bigInt(-(2n ** 53n) + 1n, 2n ** 53n - 1n));
  }
}

function strings(): fc.Arbitrary<string> {
  return fc.oneof(
    fc.constantFrom(
      '',
      'a',
      'BTC-USD',
      '-a',
      'a\n',
      'ä',
      '😀',
      '😀😀',
      'x'.repeat(32),
      'x'.repeat(33),
    ),
    fc.constantFrom(
      '😀'.repeat(32),
      `${'a'.repeat(31)}😀`,
      'a@b.example',
      'abc',
      'prefix-x',
      'ff00',
    ),
    fc.string({ maxLength: 8 }),
    fc.stringMatching(/^[a-z0-9]{1,6}$/),
  );
}
