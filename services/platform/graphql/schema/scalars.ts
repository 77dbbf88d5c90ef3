import { type DescMessage, fromJson } from '@bufbuild/protobuf';
import { DurationSchema, FieldMaskSchema, TimestampSchema } from '@bufbuild/protobuf/wkt';
import {
  GraphQLError,
  GraphQLScalarType,
  Kind,
  type ValueNode,
  valueFromASTUntyped,
} from 'graphql';

/**
 * What GraphQL has no scalar for. Their values are those of protobuf's JSON, as REST has them: 64-bit numbers and bytes are texts.
 *
 * @see https://protobuf.dev/programming-guides/json/
 */
export const scalars = {
  int64: wholeNumber('Int64', -(2n ** 63n), 2n ** 63n - 1n),
  uint64: wholeNumber('UInt64', 0n, 2n ** 64n - 1n),
  uint32: new GraphQLScalarType<number>({
    name: 'UInt32',
    description: 'A whole number from 0 to 4294967295.',
    parseValue: (value) => readUInt32(value),
    parseLiteral: (node) => readUInt32(node.kind === Kind.INT ? Number(node.value) : undefined),
  }),
  bytes: text('Bytes', 'Bytes in base64.', (value) => {
    if (!/^[\w+/-]*={0,2}$/.test(value)) throw new Error('it is no base64');
  }),
  timestamp: text('Timestamp', 'A time, such as "2026-12-18T21:00:00Z" (RFC 3339).', (value) =>
    fromJson(TimestampSchema, value),
  ),
  duration: text('Duration', 'Seconds, with up to nine decimals, such as "1.5s".', (value) =>
    fromJson(DurationSchema, value),
  ),
  fieldMask: text(
    'FieldMask',
    'Names of fields, such as "displayName,price.minorUnits".',
    (value) => fromJson(FieldMaskSchema, value),
  ),
  json: new GraphQLScalarType({ name: 'JSON', description: 'Any value of JSON.' }),
} as const;

/** Messages whose values are no objects. */
const WELL_KNOWN: Readonly<Record<string, GraphQLScalarType>> = {
  'google.protobuf.Timestamp': scalars.timestamp,
  'google.protobuf.Duration': scalars.duration,
  'google.protobuf.FieldMask': scalars.fieldMask,
  'google.protobuf.Struct': scalars.json,
  'google.protobuf.Value': scalars.json,
  'google.protobuf.ListValue': scalars.json,
  'google.protobuf.Any': scalars.json,
};

/** Undefined for a message that is an object. */
export function wellKnownScalar({ typeName }: DescMessage): GraphQLScalarType | undefined {
  return WELL_KNOWN[typeName];
}

/** A number that JavaScript's cannot hold is a text on the way, and may be written as either. */
function wholeNumber(name: string, least: bigint, most: bigint): GraphQLScalarType<string> {
  const read = (value: unknown) => {
    if (typeof value === 'number' && !Number.isSafeInteger(value)) {
      throw new GraphQLError(`${name}: a number beyond 2^53 has to be a text`);
    }
    if (!/^-?\d{1,20}$/.test(String(value)))
      throw new GraphQLError(`${name}: it is no whole number`);
    const number = BigInt(String(value));
    if (number < least || number > most) {
      throw new GraphQLError(`${name}: it is not between ${least} and ${most}`);
    }
    return number.toString();
  };
  return new GraphQLScalarType<string>({
    name,
    description: `A whole number from ${least} to ${most}, as a text.`,
    parseValue: read,
    parseLiteral: (node) =>
      read(node.kind === Kind.INT || node.kind === Kind.STRING ? node.value : undefined),
  });
}

function readUInt32(value: unknown): number {
  if (Number.isInteger(value) && Number(value) >= 0 && Number(value) < 2 ** 32) {
    return Number(value);
  }
  throw new GraphQLError('UInt32: it is no whole number from 0 to 4294967295');
}

/** @param check Throws for a text that is none. */
function text(
  name: string,
  description: string,
  check: (value: string) => unknown,
): GraphQLScalarType<string> {
  const read = (value: unknown) => {
    if (typeof value !== 'string') throw new GraphQLError(`${name}: it is no text`);
    try {
      check(value);
    } catch (cause) {
      throw new GraphQLError(`${name}: ${JSON.stringify(value.slice(0, 100))} is none`, {
        originalError: cause as Error,
      });
    }
    return value;
  };
  return new GraphQLScalarType<string>({
    name,
    description,
    parseValue: read,
    parseLiteral: (node: ValueNode, variables) => read(valueFromASTUntyped(node, variables)),
  });
}
