import { type PackedAny, pack } from '../xds/encode.ts';

export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [key: string]: Json };

/** A google.protobuf.Struct of JSON. protobufjs has it built in, in names of its own style. */
export function protoStruct(value: { readonly [key: string]: Json }): object {
  const fields = Object.entries(value).map(([key, content]) => [key, protoValue(content)]);
  return { fields: Object.fromEntries(fields) };
}

function protoValue(value: Json): object {
  switch (typeof value) {
    case 'string':
      return { stringValue: value };
    case 'number':
      return { numberValue: value };
    case 'boolean':
      return { boolValue: value };
  }
  if (value === null) return { nullValue: 'NULL_VALUE' };
  if (isList(value)) return { listValue: { values: value.map(protoValue) } };
  return { structValue: protoStruct(value) };
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

/**
 * A message given as JSON, for Envoy to decode against its own protos. For what is younger than the
 * protos that @grpc/grpc-js-xds brings along; Envoy refuses a field that it does not know.
 */
export function typedStruct(typeName: string, value: { readonly [key: string]: Json }): PackedAny {
  return pack('xds.type.v3.TypedStruct', {
    type_url: `type.googleapis.com/${typeName}`,
    value: protoStruct(value),
  });
}
