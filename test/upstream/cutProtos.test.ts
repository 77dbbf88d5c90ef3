import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import protobuf from 'protobufjs';
import { Contracts } from '../../mesh/contracts/index.ts';
import { MeshResources, type WatchedMeshState } from '../../mesh/control/MeshResources.ts';
import { routingEntries, sampleTables } from '../../mesh/control/testing/sampleRouting.ts';
import {
  identity,
  sampleClient,
  sampleEntry,
  sampleInstance,
} from '../../mesh/control/testing/samples.ts';
import { protoRoot } from '../../mesh/control/xds/protoRoot.ts';
import { messageName, type ResourceType } from '../../mesh/control/xds/ResourceType.ts';
import type { XdsProtos } from '../../mesh/runtime/xds/XdsProtos.ts';

/** How grpc-js-xds reads messages. */
const FORM = { longs: String, enums: String, defaults: true, oneofs: true };

const json = new URL('../../mesh/runtime/xds/protos.json', import.meta.url);
const protos = JSON.parse(readFileSync(json, 'utf8')) as XdsProtos;
const cutRoot = protobuf.Root.fromJSON(protos.root).resolveAll();

type Fields = Record<string, unknown>;

/** Reads bytes with all protos and with those cut down, and compares all that is left of the first in the second. */
function assertSame(name: string, bytes: Uint8Array): void {
  const [full, cut] = [protoRoot.lookupType(name), cutRoot.lookupType(name)];
  const read = (type: protobuf.Type) => type.toObject(type.decode(bytes), FORM) as Fields;
  const [whole, left] = [read(full), read(cut)];
  assert.deepEqual(left, lessWhatIsCut(whole, cut, left), name);
  unpack(left);
}

/** Messages packed into messages are read in the same way. */
function unpack(value: unknown): void {
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return;
  const { type_url, value: bytes } = value as { type_url?: unknown; value?: unknown };
  const [, name] = /^type.googleapis.com\/(.*)/.exec(String(type_url)) ?? [];
  if (name && cutRoot.lookup(name)) assertSame(name, bytes as Buffer);
  for (const child of Object.values(value)) unpack(child);
}

function lessWhatIsCut(whole: Fields, type: protobuf.Type, left: Fields): Fields {
  const result: Fields = {};
  for (const [key, value] of Object.entries(whole)) {
    const field = type.fields[key];
    // Of a oneof that nobody looks at, only the members that are read are kept.
    if (!field && !type.fields[String(value)]) continue;
    // Kept as bytes, for its oneof: which is said by the oneof itself.
    const opaque = field?.type === 'bytes' && !Buffer.isBuffer(value);
    result[key] = opaque ? left[key] : less(value, field, left[key]);
  }
  return result;
}

function less(value: unknown, field: protobuf.Field | undefined, left: unknown): unknown {
  const resolved = field?.resolvedType;
  if (!resolved || !('fields' in resolved) || value === null) return value;
  const one = (each: unknown, other: unknown) =>
    lessWhatIsCut(each as Fields, resolved, (other ?? {}) as Fields);
  if (Array.isArray(value)) return value.map((each, i) => one(each, (left as unknown[])?.[i]));
  if (!field?.map) return one(value, left);
  const entries = Object.entries(value as Fields).map(([key, each]) => [
    key,
    one(each, (left as Fields | undefined)?.[key]),
  ]);
  return Object.fromEntries(entries);
}

/** A message with all fields set; of each oneof, the member of this number. */
function filled(type: protobuf.Type, member: number, depth = 0): Fields {
  const message: Fields = {};
  for (const field of type.fieldsArray) {
    const oneof = field.partOf?.oneof;
    if (oneof && oneof[member % oneof.length] !== field.name) continue;
    const value = filledValue(field, member, depth);
    if (value === undefined) continue;
    message[field.name] = field.map ? { key: value } : field.repeated ? [value, value] : value;
  }
  return message;
}

function filledValue(field: protobuf.Field, member: number, depth: number): unknown {
  const { resolvedType } = field.resolve();
  if (resolvedType && 'fields' in resolvedType) {
    return depth < 4 ? filled(resolvedType, member, depth + 1) : undefined;
  }
  if (resolvedType) return Object.values(resolvedType.values).at(-1);
  if (field.type === 'string') return `${field.name}`;
  if (field.type === 'bytes') return Buffer.from([1, 2]);
  return field.type === 'bool' ? true : field.id;
}

function typesOf(namespace: protobuf.NamespaceBase): protobuf.Type[] {
  return namespace.nestedArray.flatMap((each) => {
    const inside = 'nestedArray' in each ? typesOf(each as protobuf.NamespaceBase) : [];
    return 'fields' in each ? [each as protobuf.Type, ...inside] : inside;
  });
}

test('a message of xDS says the same when it is read with the protos cut down', () => {
  const known = typesOf(cutRoot).filter(({ fullName }) => protoRoot.lookup(fullName));
  assert.ok(known.length > 90, `only ${known.length} types are compared`);
  for (const { fullName } of known) {
    const type = protoRoot.lookupType(fullName);
    const members = Math.max(1, ...type.oneofsArray.map(({ oneof }) => oneof.length));
    for (let member = 0; member < members; member++) {
      const bytes = type.encode(type.fromObject(filled(type, member))).finish();
      assertSame(fullName, bytes);
    }
  }
});

test('what the control plane sends to gRPC is read with the protos cut down', () => {
  const instances = ['east', 'west'].map((zone, i) =>
    sampleInstance({ id: `a-${i}`, address: `10.0.0.${i}`, zone }),
  );
  const permissions = [
    { Action: 'allow', HTTP: { PathRegex: '/a[.].*', Methods: ['POST'] } },
    { Action: 'deny', HTTP: { Header: [{ Name: 'x-a', Prefix: 'b', Invert: true }] } },
  ];
  const state: WatchedMeshState = {
    missing: [],
    identity,
    intentions: new Map([['web', sampleEntry({ api: 'allow', cron: 'deny', '*': permissions })]]),
    defaults: new Map(),
    faults: new Map(),
    routing: routingEntries({
      routers: {
        a: {
          Routes: [
            {
              Match: { HTTP: { PathPrefix: '/b', Header: [{ Name: 'x-user', Regex: '[0-9]+' }] } },
              Destination: { NumRetries: 3, RetryOn: ['unavailable'], RequestTimeout: '3s' },
            },
          ],
        },
      },
      splitters: { a: { Splits: [{ Weight: 90 }, { Weight: 10, Service: 'b' }] } },
      resolvers: {
        a: {
          ConnectTimeout: '3s',
          LoadBalancer: {
            Policy: 'ring_hash',
            HashPolicies: [{ Field: 'header', FieldValue: 'x-symbol' }],
          },
        },
      },
    }),
    catalog: ['a', 'b'],
    instances: () => ({ instances, complaints: [] }),
    use: () => () => {},
    isWatched: () => false,
    watched: 0,
  };
  const edge = { corsOrigins: ['*'] };
  const contracts = Contracts.load();
  const tables = sampleTables(contracts, state);
  const resources = new MeshResources(state, { contracts, edge, tables });
  resources.apply({ what: 'identity' });
  const asked: readonly (readonly [ResourceType, string])[] = [
    ['listener', 'weft/server/0.0.0.0:9000'],
    ...(['listener', 'cluster', 'endpoints'] as const).flatMap((type) =>
      ['a', 'b'].map((service) => [type, service] as const),
    ),
    ...(['cluster', 'endpoints'] as const).map((type) => [type, 'nowhere:c'] as const),
  ];
  for (const [type, name] of asked) {
    const { resource } = resources.subscribe(type, name, sampleClient, () => {});
    assert.ok(resource, `${type} ${name}`);
    assertSame(messageName(type), resource.bytes);
  }
});
