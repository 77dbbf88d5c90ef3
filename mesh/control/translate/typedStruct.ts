import { type PackedAny, pack } from '../xds/encode.ts';
import { type Json, protoStruct } from './protoStruct.ts';

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
