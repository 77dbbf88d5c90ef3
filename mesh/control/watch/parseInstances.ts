import { isIP } from 'node:net';
import { z } from 'zod';
import { AnswerError } from './AnswerError.ts';
import type { Instance, Instances } from './Instance.ts';

const identified = z.array(
  z.looseObject({
    Node: z.looseObject({ Node: z.string().min(1) }),
    Service: z.looseObject({ ID: z.string().min(1) }),
  }),
);

const locality = z.object({ Zone: z.string().nullish() }).nullish();
const meta = z.record(z.string(), z.string()).nullish();
const weight = z.int().min(0).max(65_535);
const status = z.enum(['passing', 'warning', 'critical']);
const entrySchema = z.object({
  Node: z.object({ Node: z.string(), Address: z.string(), Meta: meta, Locality: locality }),
  Service: z.object({
    ID: z.string(),
    Kind: z.string().optional(),
    Address: z.string().optional(),
    Port: z.int().min(1).max(65_535),
    Weights: z.object({ Passing: weight, Warning: weight }).nullish(),
    Meta: meta,
    Locality: locality,
    Connect: z.object({ Native: z.boolean().optional() }).nullish(),
  }),
  Checks: z.array(z.object({ Status: status })).nullable(),
});
type Entry = z.infer<typeof entrySchema>;

/**
 * Reads an answer of `/v1/health/connect/:service`: native instances and sidecars.
 *
 * A registration that cannot be used (no port, an address that is no IP) stays what it was in `last`,
 * or is left out; the others are not touched by it. xDS knows IP addresses only: a hostname is refused.
 *
 * @throws AnswerError when the answer does not even name its instances.
 */
export function parseInstances(answer: unknown, last: Instances | undefined): Instances {
  const named = identified.safeParse(answer);
  if (!named.success)
    throw new AnswerError(`no list of instances: ${z.prettifyError(named.error)}`);
  const instances: Instance[] = [];
  const complaints: string[] = [];
  for (const raw of named.data) {
    const node = raw.Node.Node;
    const id = raw.Service.ID;
    const read = readInstance(raw);
    if (typeof read === 'object') {
      if (read.kind !== 'other') instances.push({ ...read, kind: read.kind });
      continue;
    }
    complaints.push(`${id} on ${node}: ${read}`);
    const known = last?.instances.find((other) => other.id === id && other.node === node);
    if (known) instances.push(known);
  }
  return { instances, complaints };
}

type ReadInstance = Omit<Instance, 'kind'> & { readonly kind: Instance['kind'] | 'other' };

function readInstance(raw: unknown): ReadInstance | string {
  const parsed = entrySchema.safeParse(raw);
  if (!parsed.success) return z.prettifyError(parsed.error);
  const { Node, Service, Checks } = parsed.data;
  const address = Service.Address || Node.Address;
  if (!isUsableAddress(address)) return `no address that xDS can carry: "${address}"`;
  const health = worst(Checks ?? []);
  const weights = Service.Weights ?? { Passing: 1, Warning: 1 };
  return {
    id: Service.ID,
    node: Node.Node,
    address,
    port: Service.Port,
    health,
    weight: health === 'critical' ? 0 : health === 'warning' ? weights.Warning : weights.Passing,
    kind: kindOf(Service),
    zone: zoneOf(parsed.data),
    meta: Service.Meta ?? {},
  };
}

/** What the instance says of itself before what its node does. */
function zoneOf({ Node, Service }: Entry): string | undefined {
  const said = [Service.Meta?.zone, Service.Locality?.Zone, Node.Meta?.zone, Node.Locality?.Zone];
  return said.find(Boolean) ?? undefined;
}

/** Gateways speak for many services and pick one by SNI, which gRPC clients do not send. */
function kindOf(service: Entry['Service']): ReadInstance['kind'] {
  if (service.Connect?.Native) return 'native';
  return service.Kind === 'connect-proxy' ? 'sidecar' : 'other';
}

function worst(checks: readonly { readonly Status: Instance['health'] }[]): Instance['health'] {
  if (checks.some((check) => check.Status === 'critical')) return 'critical';
  return checks.some((check) => check.Status === 'warning') ? 'warning' : 'passing';
}

function isUsableAddress(address: string): boolean {
  return isIP(address) !== 0 && !/^[0:]+$|^0\.0\.0\.0$|%/.test(address);
}
