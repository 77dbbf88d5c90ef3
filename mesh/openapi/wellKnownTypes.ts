import type { JsonSchema } from './jsonSchema.ts';

const nullable = (type: string, more: JsonSchema = {}): JsonSchema => ({
  type: [type, 'null'],
  ...more,
});

/** Google's own types in JSON, by their full names: https://protobuf.dev/programming-guides/json/ */
export const wellKnownTypes: Readonly<Record<string, JsonSchema>> = {
  'google.protobuf.Any': {
    type: 'object',
    properties: { '@type': { type: 'string' } },
    required: ['@type'],
    additionalProperties: true,
  },
  'google.protobuf.BoolValue': nullable('boolean'),
  'google.protobuf.BytesValue': nullable('string', { contentEncoding: 'base64' }),
  'google.protobuf.DoubleValue': nullable('number', { format: 'double' }),
  'google.protobuf.Duration': {
    type: 'string',
    pattern: '^-?[0-9]+(\\.[0-9]{1,9})?s$',
    description: 'Seconds, such as "1.5s".',
  },
  'google.protobuf.Empty': { type: 'object' },
  'google.protobuf.FieldMask': {
    type: 'string',
    description: 'Names of fields, separated by commas, such as "displayName,address.city".',
  },
  'google.protobuf.FloatValue': nullable('number', { format: 'float' }),
  'google.protobuf.Int32Value': nullable('integer', { format: 'int32' }),
  'google.protobuf.Int64Value': nullable('string', { format: 'int64' }),
  'google.protobuf.ListValue': { type: 'array', items: {} },
  'google.protobuf.StringValue': nullable('string'),
  'google.protobuf.Struct': { type: 'object', additionalProperties: true },
  'google.protobuf.Timestamp': { type: 'string', format: 'date-time' },
  'google.protobuf.UInt32Value': nullable('integer', { minimum: 0 }),
  'google.protobuf.UInt64Value': nullable('string', { format: 'uint64' }),
  'google.protobuf.Value': {},
};
