import type { MethodContract } from '../../contracts/index.ts';
import type { ConfigEntry } from '../watch/ConfigEntries.ts';
import type { Instance } from '../watch/Instance.ts';
import { type Intentions, intentionsSchema } from '../watch/intentions.ts';
import type { MeshIdentity } from '../watch/MeshIdentity.ts';
import type { XdsClient } from '../xds/XdsClient.ts';

export const identity: MeshIdentity = { trustDomain: 'test.consul', datacenter: 'dc1' };

/** A process of the service "web" that uses gRPC, and does not say where it stands. */
export const sampleClient: XdsClient = {
  id: 'web-1',
  service: 'web',
  role: 'service',
  userAgent: 'test',
  sdsFile: undefined,
  isEnvoy: false,
  zone: undefined,
};

/** A passing instance on 10.0.0.1:9000. */
export function sampleInstance(changes: Partial<Instance> = {}): Instance {
  return {
    id: 'a-1',
    node: 'n1',
    address: '10.0.0.1',
    port: 9000,
    health: 'passing',
    weight: 1,
    kind: 'native',
    zone: undefined,
    meta: {},
    ...changes,
  };
}

/** An internal unary method without any promise, of 3 s. */
export function sampleMethod(changes: Partial<MethodContract> = {}): MethodContract {
  return {
    path: '/a.v1.A/Do',
    service: 'a.v1.A',
    name: 'Do',
    meshService: 'a',
    requestStream: false,
    responseStream: false,
    idempotency: 'unknown',
    timeoutMs: 3_000,
    access: 'internal',
    scopes: [],
    allowsServices: false,
    roles: [],
    rateLimit: { requests: 10, perMs: 1_000 },
    maxStreamDurationMs: undefined,
    maxRequestBytes: 1_000,
    concurrencyLimit: undefined,
    idempotencyKey: 'ignored',
    cache: undefined,
    routingHeader: undefined,
    http: [],
    input: {} as MethodContract['input'],
    output: {} as MethodContract['output'],
    ...changes,
  };
}

/** An entry such as `entry({ web: 'allow', '*': 'deny' })`; a list: the source's `Permissions`. */
export function sampleEntry(
  sources: Record<string, 'allow' | 'deny' | readonly object[]>,
  changes: object = {},
): ConfigEntry<Intentions> {
  const value = intentionsSchema.parse({
    Sources: Object.entries(sources).map(([Name, says]) =>
      typeof says === 'string' ? { Name, Action: says } : { Name, Permissions: says },
    ),
    ...changes,
  });
  return { revision: '1.1', refused: undefined, value };
}
