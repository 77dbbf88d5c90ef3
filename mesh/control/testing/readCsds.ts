import { Client, credentials } from '@grpc/grpc-js';
import { protoRoot } from '../xds/protoRoot.ts';

const FETCH = '/envoy.service.status.v3.ClientStatusDiscoveryService/FetchClientStatus';

/** A resource as a gRPC process has it. */
export interface DumpedResource {
  readonly name: string;
  /** Such as "ACKED". */
  readonly state: string;
  /** Of its metadata: what of Consul's entries it does not carry. */
  readonly refused: readonly string[];
}

interface Dump {
  readonly config?: readonly {
    readonly generic_xds_configs?: readonly {
      readonly name: string;
      readonly client_status: string;
      readonly xds_config?: { readonly type_url: string; readonly value: Buffer };
    }[];
  }[];
}

/** What a gRPC process says of its xDS resources (client status discovery service, gRFC A40). */
export async function readCsds(address: string): Promise<DumpedResource[]> {
  await protoRoot.load('envoy/service/status/v3/csds.proto', { keepCase: true });
  const client = new Client(address, credentials.createInsecure());
  const bytes = (value: Buffer) => value;
  try {
    const answer = await new Promise<Buffer>((resolve, reject) =>
      client.makeUnaryRequest(FETCH, bytes, bytes, Buffer.alloc(0), (error, value) =>
        value ? resolve(value) : reject(error),
      ),
    );
    const dump = decode('envoy.service.status.v3.ClientStatusResponse', answer) as Dump;
    return (dump.config ?? []).flatMap(({ generic_xds_configs = [] }) =>
      generic_xds_configs.map(({ name, client_status: state, xds_config: config }) => ({
        name,
        state,
        refused: config ? refusedOf(config.type_url, config.value) : [],
      })),
    );
  } finally {
    client.close();
  }
}

function refusedOf(typeUrl: string, value: Buffer): string[] {
  const resource = decode(typeUrl.slice(typeUrl.indexOf('/') + 1), value) as {
    readonly metadata?: {
      readonly filter_metadata?: {
        readonly weft?: {
          readonly fields: {
            readonly refused: { readonly listValue: { values?: { stringValue: string }[] } };
          };
        };
      };
    };
  };
  const said = resource.metadata?.filter_metadata?.weft?.fields.refused.listValue.values ?? [];
  return said.map(({ stringValue }) => stringValue);
}

function decode(typeName: string, bytes: Uint8Array): object {
  const type = protoRoot.lookupType(typeName);
  return type.toObject(type.decode(bytes), { enums: String });
}
