import { type Contracts, isOpen } from '@weft/mesh/contracts';
import { largestBody } from './bodyLimits.ts';
import { limits } from './limits.ts';
import { type Config, typedConfig } from './typedConfig.ts';

/**
 * REST to gRPC and back, by the contracts' `google.api.http`. What a contract does not know is
 * refused, never passed over; errors come back as google.rpc.Status, streams as server-sent events.
 *
 * @throws when no contract has a method that is open to the outside: there is nothing to be an edge of.
 */
export function transcoder(contracts: Contracts): Config {
  return typedConfig(
    'envoy.filters.http.grpc_json_transcoder',
    'envoy.extensions.filters.http.grpc_json_transcoder.v3.GrpcJsonTranscoder',
    {
      proto_descriptor_bin: Buffer.from(contracts.image).toString('base64'),
      services: openServices(contracts),
      convert_grpc_status: true,
      query_param_unescape_plus: true,
      max_request_body_size: largestBody(contracts),
      max_response_body_size: limits.responseBodyBytes,
      request_validation_options: {
        reject_unknown_query_parameters: true,
        reject_binding_body_field_collisions: true,
      },
      print_options: { always_print_primitive_fields: true, stream_sse_style_delimited: true },
    },
  );
}

function openServices(contracts: Contracts): string[] {
  const methods = contracts.methods.filter(isOpen);
  if (methods.length === 0) throw new Error('No method of the contracts is open to the outside.');
  return [...new Set(methods.map((method) => method.service))].sort();
}
