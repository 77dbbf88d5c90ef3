import { Client, type ClientDuplexStream, credentials } from '@grpc/grpc-js';
import { protoRoot } from '../../mesh/control/xds/protoRoot.ts';
import { typeUrl } from '../../mesh/control/xds/ResourceType.ts';

const requestType = protoRoot.lookupType('envoy.service.discovery.v3.DiscoveryRequest');
const responseType = protoRoot.lookupType('envoy.service.discovery.v3.DiscoveryResponse');
const endpointsType = protoRoot.lookupType('envoy.config.endpoint.v3.ClusterLoadAssignment');
const PATH = '/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources';
const ENDPOINTS = typeUrl('endpoints');
/** In the order in which grpc-js asks. */
const TYPES = [typeUrl('listener'), typeUrl('cluster'), ENDPOINTS];

interface Response {
  readonly type_url: string;
  readonly version_info: string;
  readonly nonce: string;
  readonly resources: readonly { readonly value: Buffer }[];
}

interface Endpoints {
  readonly cluster_name: string;
  readonly endpoints: readonly {
    readonly lb_endpoints: readonly {
      readonly endpoint: {
        readonly address: { readonly socket_address: { readonly port_value: number } };
      };
    }[];
  }[];
}

/** What a grpc-js process asks of the control plane: all its upstreams' listeners, clusters and endpoints. */
export class AdsClient {
  /** Bytes of all responses so far, as messages. */
  receivedBytes = 0;
  isBroken = false;
  readonly upstreams: readonly string[];
  readonly #stream: ClientDuplexStream<object, Buffer>;
  readonly #client: Client;
  readonly #names = new Set<string>();
  #waiting: { service: string; port: number; resolve: () => void } | undefined;

  /**
   * @param number Tells clients apart.
   * @param onComplete Called when all endpoints are known.
   */
  constructor(
    address: string,
    number: number,
    upstreams: readonly string[],
    onComplete: () => void,
  ) {
    this.upstreams = upstreams;
    // A connection of its own, as a process of its own has.
    this.#client = new Client(address, credentials.createInsecure(), {
      'grpc.use_local_subchannel_pool': 1,
    });
    this.#stream = this.#client.makeBidiStreamRequest<object, Buffer>(
      PATH,
      (request) => Buffer.from(requestType.encode(requestType.fromObject(request)).finish()),
      (bytes) => bytes,
    );
    const node = {
      id: `client-${number}`,
      cluster: `client-${number}`,
      user_agent_name: 'gRPC Node Pure JS',
    };
    this.#stream.on('error', () => {
      this.isBroken = true;
    });
    this.#stream.on('data', (bytes: Buffer) => this.#receive(bytes, onComplete));
    for (const [index, type_url] of TYPES.entries()) {
      this.#stream.write({
        type_url,
        resource_names: upstreams,
        ...(index === 0 ? { node } : {}),
      });
    }
  }

  /** Resolves once it has acknowledged that the service has an instance at this port. */
  acknowledged(service: string, port: number): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting = { service, port, resolve };
    });
  }

  close(): void {
    this.#stream.cancel();
    this.#client.close();
  }

  #receive(bytes: Buffer, onComplete: () => void): void {
    this.receivedBytes += bytes.length;
    const response = responseType.decode(bytes) as unknown as Response;
    this.#stream.write({
      type_url: response.type_url,
      resource_names: this.upstreams,
      response_nonce: response.nonce,
      version_info: response.version_info,
    });
    if (response.type_url !== ENDPOINTS) return;
    const wasComplete = this.#names.size === this.upstreams.length;
    for (const { value } of response.resources) {
      const known = endpointsType.decode(value) as unknown as Endpoints;
      if (known.endpoints.length > 0) this.#names.add(known.cluster_name);
      const waiting = this.#waiting;
      if (waiting?.service !== known.cluster_name || !hasPort(known, waiting.port)) continue;
      this.#waiting = undefined;
      waiting.resolve();
    }
    if (!wasComplete && this.#names.size === this.upstreams.length) onComplete();
  }
}

function hasPort({ endpoints }: Endpoints, port: number): boolean {
  return endpoints.some((locality) =>
    locality.lb_endpoints.some(
      ({ endpoint }) => endpoint.address.socket_address.port_value === port,
    ),
  );
}
