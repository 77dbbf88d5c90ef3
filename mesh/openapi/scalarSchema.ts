import { ScalarType } from '@bufbuild/protobuf';
import type { JsonSchema } from './jsonSchema.ts';

const INT32: JsonSchema = {
  type: 'integer',
  format: 'int32',
  minimum: -(2 ** 31),
  maximum: 2 ** 31 - 1,
};
const UINT32: JsonSchema = { type: 'integer', minimum: 0, maximum: 2 ** 32 - 1 };
/** JavaScript's numbers end at 2^53: proto3's JSON writes 64-bit integers as strings. */
const INT64: JsonSchema = { type: 'string', format: 'int64', pattern: '^-?[0-9]{1,19}$' };
const UINT64: JsonSchema = { type: 'string', format: 'uint64', pattern: '^[0-9]{1,20}$' };

const schemas: Readonly<Record<ScalarType, JsonSchema>> = {
  [ScalarType.DOUBLE]: floating('double'),
  [ScalarType.FLOAT]: floating('float'),
  [ScalarType.INT32]: INT32,
  [ScalarType.SINT32]: INT32,
  [ScalarType.SFIXED32]: INT32,
  [ScalarType.UINT32]: UINT32,
  [ScalarType.FIXED32]: UINT32,
  [ScalarType.INT64]: INT64,
  [ScalarType.SINT64]: INT64,
  [ScalarType.SFIXED64]: INT64,
  [ScalarType.UINT64]: UINT64,
  [ScalarType.FIXED64]: UINT64,
  [ScalarType.BOOL]: { type: 'boolean' },
  [ScalarType.STRING]: { type: 'string' },
  [ScalarType.BYTES]: { type: 'string', contentEncoding: 'base64' },
};

/** A scalar as proto3's JSON has it: https://protobuf.dev/programming-guides/json/ */
export function scalarSchema(type: ScalarType): JsonSchema {
  return schemas[type];
}

function floating(format: string): JsonSchema {
  return { anyOf: [{ type: 'number', format }, { enum: ['NaN', 'Infinity', '-Infinity'] }] };
}
