import './prepareGrpcJs.ts';
import assert from 'node:assert/strict';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { Metadata } from '@grpc/grpc-js';
import { parseConfig } from '@grpc/grpc-js-xds/build/src/rbac.js';
import { Contracts } from '../../../mesh/contracts/index.ts';
import { MeshResources, type WatchedMeshState } from '../../../mesh/control/MeshResources.ts';
import { isServiceName } from '../../../mesh/control/syntax/isServiceName.ts';
import { decodeResource } from '../../../mesh/control/testing/decode.ts';
import { refusalByGrpcJs } from '../../../mesh/control/testing/refusalByGrpcJs.ts';
import {
  type RawRouting,
  routingEntries,
  sampleTables,
} from '../../../mesh/control/testing/sampleRouting.ts';
import { identity, sampleClient } from '../../../mesh/control/testing/samples.ts';
import { authorize } from '../../../mesh/control/translate/authorize.ts';
import { rbacFilter } from '../../../mesh/control/translate/rbacFilter.ts';
import { spiffeId } from '../../../mesh/control/translate/spiffe.ts';
import { AnswerError } from '../../../mesh/control/watch/AnswerError.ts';
import type { ConfigEntry } from '../../../mesh/control/watch/ConfigEntries.ts';
import { type Intentions, intentionsSchema } from '../../../mesh/control/watch/intentions.ts';
import type { MeshState } from '../../../mesh/control/watch/MeshState.ts';
import { parseConfigEntries } from '../../../mesh/control/watch/parseConfigEntries.ts';
import { parseFaults } from '../../../mesh/control/watch/parseFaults.ts';
import { parseInstances } from '../../../mesh/control/watch/parseInstances.ts';
import { serviceDefaultsSchema } from '../../../mesh/control/watch/serviceDefaults.ts';
import type { PackedAny } from '../../../mesh/control/xds/encode.ts';
import { protoRoot } from '../../../mesh/control/xds/protoRoot.ts';
import type { ResourceType } from '../../../mesh/control/xds/ResourceType.ts';
import type { FuzzTarget, FuzzTargetPair } from '../FuzzTarget.ts';

type Json = Readonly<Record<string, unknown>>;
type IntentionEntries = ReadonlyMap<string, ConfigEntry<Intentions>>;

const CALLERS = ['web', 'cron', 'stranger', 'w%65b', 'web_'];
const MAX_CALLERS = 12;
const PATHS = ['/a.v1.A/Get', '/b'];
const envoy = { ...sampleClient, isEnvoy: true, role: 'edge' as const, sdsFile: '/id/sds.json' };
const rbacType = protoRoot.lookupType('envoy.extensions.filters.http.rbac.v3.RBAC');

/**
 * What Consul answers, whoever has written it: JSON of what stands in its entries, instances and faults. Clients take what is
 * made of it, and nobody is let in whom the intentions do not admit.
 */
function consul(authorized: typeof authorize): FuzzTarget {
  const contracts = contractsOfMarket();
  return {
    name: 'consul',
    covers: ['/mesh/control/', '/mesh/consul/'],
    words: [
      ...[
        '"Sources"',
        '"Name"',
        '"Action"',
        '"allow"',
        '"deny"',
        '"*"',
        '"web_"',
        '"web"',
        '"stranger"',
        '"Permissions"',
        '"HTTP"',
      ],
      ...[
        '"PathExact"',
        '"PathPrefix"',
        '"PathRegex"',
        '"Header"',
        '"Methods"',
        '"Present"',
        '"Invert"',
      ],
      ...[
        '"Routes"',
        '"Match"',
        '"Destination"',
        '"Service"',
        '"ServiceSubset"',
        '"Splits"',
        '"Weight"',
      ],
      ...[
        '"Subsets"',
        '"Filter"',
        '"Failover"',
        '"Targets"',
        '"Redirect"',
        '"LoadBalancer"',
        '"Policy"',
      ],
      ...[
        '"RequestTimeout"',
        '"NumRetries"',
        '"JWT"',
        '"Peer"',
        '"Limits"',
        '"delay"',
        '"abort"',
        '"code"',
      ],
      ...[
        'null',
        'true',
        '{}',
        '[]',
        '1e9',
        '-1',
        '"1s"',
        '""',
        '"__proto__"',
        '"/"',
        ':',
        ',',
        '{',
        '[',
      ],
    ],

    check(input) {
      let answers: unknown;
      try {
        answers = JSON.parse(Buffer.from(input).toString());
      } catch {
        return ['no JSON'];
      }
      if (!isObject(answers)) return ['no object'];
      const features = new Set<string>();
      const intentions = parsed(() => {
        const raw = Object.entries(objectAt(answers, 'intentions')).map(([Name, entry]) => ({
          ...(isObject(entry) ? entry : { Sources: entry }),
          ...{ Kind: 'service-intentions', Name, CreateIndex: 1, ModifyIndex: 1 },
        }));
        return parseConfigEntries('service-intentions', intentionsSchema, raw, undefined).entries;
      });
      if (intentions) checkPermissions(answers, intentions, authorized, features);
      checkResources(stateOf(answers, intentions), contracts, features);
      return [...features];
    },
  };
}

/** A few methods: the edge's routes are made anew for each input. */
function contractsOfMarket(): Contracts {
  const image = fromBinary(FileDescriptorSetSchema, Contracts.load().image);
  for (const file of image.file) {
    if (!file.name.startsWith('market/')) file.service = [];
  }
  return new Contracts(toBinary(FileDescriptorSetSchema, image));
}

/** What is parsed; undefined when it is refused as a whole. */
function parsed<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (error instanceof AnswerError) return undefined;
    throw error;
  }
}

function stateOf(answers: Json, intentions: IntentionEntries | undefined): WatchedMeshState {
  const faults = parsed(() => {
    const keys = Object.entries(objectAt(answers, 'faults')).map(([service, fault]) => ({
      Key: `weft/faults/${service}`,
      Value: Buffer.from(JSON.stringify(fault)).toString('base64'),
      ...{ CreateIndex: 1, ModifyIndex: 1 },
    }));
    return parseFaults(keys, undefined).entries;
  });
  const defaults = parsed(() => {
    const raw = Object.entries(objectAt(answers, 'defaults')).map(([Name, entry]) => ({
      ...(isObject(entry) ? entry : {}),
      ...{ Kind: 'service-defaults', Name, CreateIndex: 1, ModifyIndex: 1 },
    }));
    return parseConfigEntries('service-defaults', serviceDefaultsSchema, raw, undefined).entries;
  });
  const instances = parsed(() => parseInstances(answers.instances ?? [], undefined));
  for (const { address, port } of instances?.instances ?? []) {
    assert.match(address, /^[0-9a-f:.]+$/i);
    assert.ok(Number.isInteger(port) && port > 0 && port < 65_536);
  }
  const known: Omit<MeshState, 'routing'> = {
    ...{ missing: [], identity, catalog: [] },
    intentions: intentions ?? new Map(),
    defaults: defaults ?? new Map(),
    faults: faults ?? new Map(),
    instances: () => instances ?? { instances: [], complaints: [] },
  };
  const routing = routingEntries({
    routers: objectsAt(answers, 'routers'),
    splitters: objectsAt(answers, 'splitters'),
    resolvers: objectsAt(answers, 'resolvers'),
  } satisfies RawRouting);
  return { ...known, routing, watched: 0, isWatched: () => false, use: () => () => {} };
}

/** All that clients get of it is what they take. */
function checkResources(
  state: WatchedMeshState,
  contracts: Contracts,
  features: Set<string>,
): void {
  const tables = sampleTables(contracts, state);
  const resources = new MeshResources(state, { contracts, edge: { corsOrigins: ['*'] }, tables });
  resources.apply({ what: 'routing', services: ['api'] });
  const asked: [ResourceType, string][] = [
    ...[
      ['listener', 'api'],
      ['listener', 'weft/server/127.0.0.1:9000'],
    ],
    ...[
      ['cluster', 'api'],
      ['cluster', 'api/v1'],
      ['endpoints', 'api'],
      ['endpoints', 'api/v1'],
    ],
  ] as [ResourceType, string][];
  const server = { ...sampleClient, service: 'api' };
  for (const [type, name] of asked) {
    const { resource } = resources.subscribe(type, name, server, () => {});
    if (!resource) continue;
    const message = decodeResource(resource);
    if (type === 'listener' || type === 'cluster')
      assert.equal(refusalByGrpcJs(resource), undefined);
    const routes =
      message.api_listener?.api_listener.route_config?.virtual_hosts?.[0]?.routes ?? [];
    for (const { route } of routes) {
      const weights = route?.weighted_clusters?.clusters ?? [];
      const sum = weights.reduce(
        (total: number, one: { weight?: { value?: number } }) => total + (one.weight?.value ?? 0),
        0,
      );
      assert.ok(weights.length === 0 || sum === 10_000, `weights of ${sum}`);
    }
    features.add(`${type} ${Math.min(routes.length, 4)}`);
  }
  const edge = resources.subscribe('routes', 'edge', envoy, () => {}).resource;
  if (edge) decodeResource(edge);
}

/** What a stock server admits is what the entries admit, read once more and straight from their JSON. */
function checkPermissions(
  answers: Json,
  entries: IntentionEntries,
  authorized: typeof authorize,
  features: Set<string>,
): void {
  const { typed_config } = rbacFilter(authorized('api', entries), identity) as {
    typed_config: PackedAny;
  };
  const form = { longs: String, enums: String, defaults: true, oneofs: true };
  const { rules } = rbacType.toObject(rbacType.decode(typed_config.value), form);
  const group = parseConfig(rules as never);
  const callers = new Set([...CALLERS, ...namesOf(entries)]);
  for (const caller of [...callers].slice(0, MAX_CALLERS)) {
    const expected = verdictOf(objectAt(answers, 'intentions'), caller);
    for (const urlPath of PATHS) {
      const may = group.apply({
        ...{
          destinationIp: '127.0.0.1',
          destinationPort: 1,
          sourceIp: '127.0.0.1',
          tls: true,
          urlPath,
        },
        headers: new Metadata(),
        peerCertificate: {
          subjectaltname: `URI:${spiffeId(identity, caller)}`,
          subject: {} as never,
        },
      });
      features.add(`${expected} ${may}`);
      if (expected === 'deny') assert.equal(may, false, `${caller} is denied and gets in`);
      if (expected === 'allow') assert.equal(may, true, `${caller} is allowed and kept out`);
    }
  }
}

/**
 * By the documented meaning of intentions: the entry of the service before that of "*", and in each the named source before
 * "*". "depends": on conditions of a call, or on what cannot be read or enforced, of which other tests say what becomes.
 */
function verdictOf(intentions: Json, caller: string): 'allow' | 'deny' | 'depends' {
  // Consul spells no id so.
  if (caller.includes('%')) return 'deny';
  for (const destination of ['api', '*']) {
    const entry = intentions[destination];
    if (entry === undefined) continue;
    if (!isObject(entry) || !Array.isArray(entry.Sources)) return 'depends';
    const found = [caller, '*'].map((name) =>
      (entry.Sources as unknown[]).filter((source) => isObject(source) && source.Name === name),
    );
    // As a whole it can be read only when all of its sources can.
    const isPlain = (entry.Sources as unknown[]).every(
      (source) =>
        isObject(source) &&
        Object.keys(source).every((key) => ['Name', 'Action', 'Permissions'].includes(key)) &&
        typeof source.Name === 'string' &&
        source.Name !== '' &&
        (source.Action === 'allow' || source.Action === 'deny') !==
          Array.isArray(source.Permissions),
    );
    if (!isPlain) return 'depends';
    const [source] = found.flat() as Json[];
    if (!source) continue;
    if (source.Action === 'deny') return 'deny';
    if (entry.JWT !== undefined && entry.JWT !== null) return 'deny';
    // What no service is called, or another name of one: it can be denied only.
    if (!isServiceName(caller) || caller.endsWith('-sidecar-proxy'))
      return source.Name === caller ? 'deny' : 'depends';
    if (source.Action === 'allow') return 'allow';
    const allows = (source.Permissions as unknown[]).some(
      (one) => isObject(one) && one.Action === 'allow',
    );
    return allows || (source.Permissions as unknown[]).length === 0 ? 'depends' : 'deny';
  }
  return 'deny';
}

/** Of the sources. */
function namesOf(entries: IntentionEntries): string[] {
  const all = [...entries.values()].flatMap(({ value }) => value?.sources ?? []);
  // What separates the names of a certificate.
  return all.map(({ name }) => name).filter((name) => name !== '*' && !name.includes(','));
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function objectAt(answers: Json, key: string): Json {
  const value = answers[key];
  return isObject(value) ? value : {};
}

function objectsAt(answers: Json, key: string): Record<string, object> {
  const all = Object.entries(objectAt(answers, key)).filter(([, value]) => isObject(value));
  return Object.fromEntries(all) as Record<string, object>;
}

export const consulTargets: FuzzTargetPair = {
  shows: /is denied and gets in|is allowed and kept out/,
  real: consul(authorize),
  // Leaves out a name that is long or spelled unusually, instead of deciding about it.
  planted: consul((destination, entries) => {
    const { decisions, warnings } = authorize(destination, entries);
    return { decisions: decisions.filter(({ source }) => /^[a-z*]{1,4}$/.test(source)), warnings };
  }),
};
