import './prepareGrpcJs.ts';
import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { pino } from 'pino';
import { Contracts } from '../../../mesh/contracts/index.ts';
import { MeshResources, type WatchedMeshState } from '../../../mesh/control/MeshResources.ts';
import {
  arbitraryRequest,
  mutatedRequest,
} from '../../../mesh/control/testing/arbitraryRequest.ts';
import { decodeResource } from '../../../mesh/control/testing/decode.ts';
import { refusalByGrpcJs } from '../../../mesh/control/testing/refusalByGrpcJs.ts';
import { routingEntries, sampleTables } from '../../../mesh/control/testing/sampleRouting.ts';
import { identity, sampleEntry, sampleInstance } from '../../../mesh/control/testing/samples.ts';
import { AdsStream } from '../../../mesh/control/xds/AdsStream.ts';
import {
  type DiscoveryRequest,
  type DiscoveryResponse,
  decodeRequest,
} from '../../../mesh/control/xds/discoveryMessages.ts';
import type { Resource } from '../../../mesh/control/xds/Resource.ts';
import type { ResourceSource } from '../../../mesh/control/xds/ResourceSource.ts';
import { isFullState, typeOfUrl } from '../../../mesh/control/xds/ResourceType.ts';
import { StreamRefusal } from '../../../mesh/control/xds/StreamRefusal.ts';
import { readClient } from '../../../mesh/control/xds/XdsClient.ts';
import { generate } from '../ByteRandom.ts';
import type { FuzzTarget, FuzzTargetPair } from '../FuzzTarget.ts';

const log = pino({ level: 'silent' });
const conversation = fc.array(fc.oneof(arbitraryRequest, mutatedRequest), {
  minLength: 1,
  maxLength: 8,
});

interface Mesh {
  readonly resources: MeshResources;
  /** Uses that nobody has given back. */
  uses(): number;
}

/** The resources of a small mesh, that nobody has asked for yet. */
function makeMesh(contracts: Contracts): Mesh {
  let uses = 0;
  const instances = [sampleInstance(), sampleInstance({ id: 'a-2', port: 9001 })];
  const state: WatchedMeshState = {
    ...{ missing: [], identity, catalog: ['api', 'web'], watched: 0 },
    intentions: new Map([['api', sampleEntry({ web: 'allow', '*': 'deny' })]]),
    ...{ defaults: new Map(), faults: new Map() },
    routing: routingEntries({
      resolvers: { api: { Subsets: { v1: { Filter: 'f' } } } },
      splitters: {
        api: { Splits: [{ Weight: 50, ServiceSubset: 'v1' }, { Weight: 50 }] },
      },
    }),
    instances: () => ({ instances, complaints: [] }),
    isWatched: () => false,
    use() {
      uses += 1;
      return () => {
        uses -= 1;
      };
    },
  };
  const tables = sampleTables(contracts, state);
  const resources = new MeshResources(state, { contracts, edge: { corsOrigins: ['*'] }, tables });
  resources.apply({ what: 'identity' });
  return { resources, uses: () => uses };
}

/** What a client says on one stream: it is refused, or answered by the protocol with what its library takes. */
function xds(sourceOf: (mesh: Mesh) => ResourceSource): FuzzTarget {
  const contracts = Contracts.load();
  return {
    name: 'xds',
    covers: ['/mesh/control/'],

    async check(input) {
      const mesh = makeMesh(contracts);
      const source = sourceOf(mesh);
      const sent: DiscoveryResponse[] = [];
      const features = new Set<string>();
      const failed: Error[] = [];
      let stream: AdsStream | undefined;
      try {
        for (const bytes of generate(conversation, input)) {
          const request = decoded(bytes);
          if (!request) {
            features.add('undecodable');
            break;
          }
          const client = stream?.client ?? readClient(request.node ?? {});
          stream ??= new AdsStream({
            ...{ client, source, log },
            send: (response) => sent.push(response) > 0,
            failed: (error) => void failed.push(error),
          });
          stream.receive(request);
          await turn();
          const [error] = failed;
          if (error) throw error;
        }
      } catch (error) {
        if (!(error instanceof StreamRefusal)) throw error;
        features.add(`refused ${error.code}`);
      }
      for (const [i, response] of sent.entries()) {
        assert.equal(response.nonce, String(i + 1));
        features.add(checkResponse(response));
      }
      stream?.close();
      assert.equal(mesh.resources.size, 0, 'resources are kept for nobody');
      assert.equal(mesh.uses(), 0, 'services are watched for nobody');
      return [...features];
    },
  };
}

function decoded(bytes: Uint8Array): DiscoveryRequest | undefined {
  try {
    return decodeRequest(Buffer.from(bytes));
  } catch {
    // gRPC ends the stream.
    return undefined;
  }
}

function checkResponse({ type_url, resources, version_info }: DiscoveryResponse): string {
  const type = typeOfUrl(type_url);
  assert.ok(type, type_url);
  const names = new Set<string>();
  for (const { value: bytes } of resources) {
    const resource: Resource = { type, name: '', version: version_info, bytes };
    const { name, cluster_name } = decodeResource(resource);
    assert.ok(!names.has(name ?? cluster_name), 'a resource twice in one answer');
    names.add(name ?? cluster_name);
    if (type === 'listener' || type === 'cluster') {
      // What a service's own Envoy gets, grpc-js need not understand.
      if (!Buffer.from(bytes).includes('sds')) assert.equal(refusalByGrpcJs(resource), undefined);
    }
  }
  return `${type} ${isFullState(type)} ${Math.min(names.size, 3)}`;
}

export const xdsTargets: FuzzTargetPair = {
  shows: /resources are kept for nobody/,
  real: xds(({ resources }) => resources),
  // Endpoints that were followed once are followed for ever.
  planted: xds(({ resources }) => ({
    wildcard: (type) => resources.wildcard(type),
    subscribe(type, name, client, changed) {
      const subscription = resources.subscribe(type, name, client, changed);
      if (type !== 'endpoints') return subscription;
      return Object.defineProperty({ close() {} } as typeof subscription, 'resource', {
        get: () => subscription.resource,
      });
    },
  })),
};
