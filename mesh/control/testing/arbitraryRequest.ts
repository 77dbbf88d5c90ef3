import fc from 'fast-check';
import protobuf from 'protobufjs';
import { protoRoot } from '../xds/protoRoot.ts';
import { RESOURCE_TYPES, typeUrl } from '../xds/ResourceType.ts';

const requestType = protoRoot.lookupType('envoy.service.discovery.v3.DiscoveryRequest');

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '',
    '*',
    'api',
    '__proto__',
    'constructor',
    'v1/api',
    '\u0000',
    'x'.repeat(2_000),
  ),
);
const name = fc.oneof(
  { weight: 2, arbitrary: text },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      ...['api', 'web', 'v1/api', 'api,web', 'api?', 'edge', 'weft/server/127.0.0.1:9000'],
      ...['weft/server/[::]:0', 'weft/server/:1', 'weft/server/1.2.3.4:99999', '*', '%', '../api'],
    ),
  },
);
const names = fc.oneof(
  { weight: 9, arbitrary: fc.array(name, { maxLength: 8 }) },
  // The same one again and again, more than is allowed or just as many as are.
  { weight: 1, arbitrary: fc.constantFrom(9_999, 10_001).map((count) => Array(count).fill('api')) },
);
const metadataValue = fc.oneof(
  text.map((string_value) => ({ string_value })),
  fc.double().map((number_value) => ({ number_value })),
  fc.boolean().map((bool_value) => ({ bool_value })),
  fc.constant({ null_value: 0 }),
  fc.constant({ list_value: { values: [{ string_value: 'web' }] } }),
);
const node = fc.record(
  {
    id: text,
    cluster: text,
    user_agent_name: fc.oneof(text, fc.constantFrom('envoy', 'gRPC Go', 'gRPC Node Pure JS')),
    user_agent_version: text,
    user_agent_build_version: fc.record({
      version: fc.record({ major_number: fc.nat(), minor_number: fc.nat() }),
    }),
    locality: fc.record({ region: text, zone: text }),
    metadata: fc.record({
      fields: fc.dictionary(
        fc.oneof(text, fc.constantFrom('service', 'weft-sds', 'weft-role')),
        fc.oneof(metadataValue, fc.constantFrom({ string_value: '/s' }, { string_value: 'edge' })),
      ),
    }),
    client_features: fc.array(text, { maxLength: 3 }),
  },
  { requiredKeys: [] },
);

/** Requests that are well formed as messages and may be anything else: encoded, ready to be sent. */
export const arbitraryRequest: fc.Arbitrary<Uint8Array> = fc
  .record(
    {
      version_info: text,
      node,
      resource_names: names,
      type_url: fc.oneof(
        { weight: 5, arbitrary: fc.constantFrom(...RESOURCE_TYPES.map(typeUrl)) },
        { weight: 1, arbitrary: text },
      ),
      // The control plane counts from 1.
      response_nonce: fc.oneof(fc.constantFrom('', '1', '2', '3', '4', '-1', '01'), text),
      error_detail: fc.record(
        {
          code: fc.integer(),
          message: text,
          details: fc.array(fc.record({ type_url: text, value: fc.uint8Array() }), {
            maxLength: 2,
          }),
        },
        { requiredKeys: [] },
      ),
    },
    { requiredKeys: [] },
  )
  .map(encodeRequest);

/** A request as protobuf. @param request In the field names of the .proto. */
export function encodeRequest(request: object): Uint8Array {
  return requestType.encode(requestType.fromObject(request)).finish();
}

/** Requests with bytes changed, lost, doubled or added; and bytes that never were one. */
export const mutatedRequest: fc.Arbitrary<Uint8Array> = fc.oneof(
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(
        arbitraryRequest,
        fc.array(fc.tuple(fc.nat(), fc.nat(255), fc.nat(3)), { minLength: 1 }),
      )
      .map(([bytes, changes]) => changes.reduce(mutate, bytes)),
  },
);

function mutate(bytes: Uint8Array, [where, value, how]: readonly number[]): Uint8Array {
  const at = (where ?? 0) % (bytes.length + 1);
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
  switch (how) {
    case 0:
      return Buffer.concat([before, Uint8Array.of(value ?? 0), after.subarray(1)]);
    case 1:
      return Buffer.concat([before, Uint8Array.of(value ?? 0), after]);
    case 2:
      return before;
    default:
      return Buffer.concat([before, after, after]).subarray(0, 1 << 16);
  }
}

/** A request whose node's metadata are lists in lists, as deep as a stack. */
export function nestedRequest(depth: number): Uint8Array {
  let value: Uint8Array = new Uint8Array();
  // google.protobuf.Value.list_value and ListValue.values
  for (let i = 0; i < depth; i++) value = field(6, field(1, value));
  const entry = Buffer.concat([field(1, Buffer.from('service')), field(2, value)]);
  // DiscoveryRequest.node, Node.metadata, Struct.fields
  return field(2, field(3, field(1, entry)));
}

/** A field that holds bytes, as protobuf writes it. */
function field(number: number, bytes: Uint8Array): Uint8Array {
  return protobuf.Writer.create()
    .uint32((number << 3) | 2)
    .bytes(bytes)
    .finish();
}
