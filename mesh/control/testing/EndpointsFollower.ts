import { Client, type ClientDuplexStream, credentials } from '@grpc/grpc-js';
import { protoRoot } from '../xds/protoRoot.ts';
import { typeUrl } from '../xds/ResourceType.ts';
import { encodeRequest } from './arbitraryRequest.ts';
import { type Decoded, decodeResource } from './decode.ts';
import { ADS_PATH } from './HostileClient.ts';

const responseType = protoRoot.lookupType('envoy.service.discovery.v3.DiscoveryResponse');

/** An honest client that follows where a service's instances are. */
export class EndpointsFollower {
  /** Ports of the instances, as it was told last. */
  ports: readonly number[] = [];
  /** Why its stream has ended; undefined: it has not. */
  error: Error | undefined;
  readonly #client: Client;
  readonly #call: ClientDuplexStream<object, Buffer>;

  /** @param address Of xDS, such as "127.0.0.1:18000". */
  constructor(address: string, service: string) {
    this.#client = new Client(address, credentials.createInsecure(), {
      'grpc.use_local_subchannel_pool': 1,
    });
    this.#call = this.#client.makeBidiStreamRequest<object, Buffer>(
      ADS_PATH,
      (request) => Buffer.from(encodeRequest(request)),
      (bytes) => bytes,
    );
    const asked = { type_url: typeUrl('endpoints'), resource_names: [service] };
    this.#call.on('error', (error) => {
      this.error = error;
    });
    this.#call.on('data', (bytes: Buffer) => {
      const { nonce, version_info, resources } = responseType.decode(bytes) as Decoded;
      this.#call.write({ ...asked, response_nonce: nonce, version_info });
      for (const { value } of resources) {
        const resource = { type: 'endpoints', name: service, version: '', bytes: value } as const;
        this.ports = portsOf(decodeResource(resource));
      }
    });
    this.#call.write({ ...asked, node: { id: 'honest', cluster: 'honest' } });
  }

  close(): void {
    this.#call.cancel();
    this.#client.close();
  }
}

function portsOf({ endpoints = [] }: Decoded): number[] {
  return endpoints.flatMap(({ lb_endpoints }: Decoded) =>
    lb_endpoints.map(({ endpoint }: Decoded) => endpoint.address.socket_address.port_value),
  );
}
