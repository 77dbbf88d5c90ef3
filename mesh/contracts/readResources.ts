import {
  type DescField,
  type DescMessage,
  type FileRegistry,
  ScalarType,
} from '@bufbuild/protobuf';
import type { MethodContract } from './MethodContract.ts';
import type { ResourceContract, ResourceOwner } from './ResourceContract.ts';
import { readOption } from './readOption.ts';

/** google.api and weft.policy.v1 as dynamic messages: the image brings their descriptors along. */
interface ResourceOption {
  readonly type: string;
  readonly nameField: string;
}
interface ReferenceOption {
  readonly type: string;
}
interface OwnerOption {
  readonly kind: number;
  readonly roles: readonly string[];
}

/** The service is named as in Consul. */
const TYPE = /^([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)\/[A-Z][A-Za-z0-9]{0,99}$/;

/** By the numbers of weft.policy.v1.OwnerKind. */
const OWNER_KINDS = [undefined, 'user', 'organization'] as const;

/**
 * The resources of all contracts, by the full names of their messages.
 *
 * @see https://google.aip.dev/123
 * @see https://google.aip.dev/4231
 * @throws Error that names the message and the field: for a type of another form or given twice, and an id or owner that is
 *   no string.
 */
export function readResources(
  registry: FileRegistry,
  methods: readonly MethodContract[],
): ReadonlyMap<string, ResourceContract> {
  const resources = new Map<string, ResourceContract>();
  const names = new Map<string, string>();
  for (const message of registry) {
    if (message.kind !== 'message') continue;
    const option = readOption<ResourceOption>(message, registry, 'google.api.resource');
    if (!option) continue;
    const resource = readResource(message, option, registry, methods);
    const other = names.get(resource.type);
    if (other) throw new Error(`${message.typeName}: type "${resource.type}" is that of ${other}`);
    names.set(resource.type, message.typeName);
    resources.set(message.typeName, resource);
  }
  return resources;
}

/**
 * The fields of all messages that hold ids of resources (google.api.resource_reference), and what they name.
 *
 * @throws Error that names the field: for one that is no string, and where there is no such resource.
 */
export function readReferences(
  registry: FileRegistry,
  resources: Iterable<ResourceContract>,
): ReadonlyMap<DescField, ResourceContract> {
  const byType = new Map([...resources].map((resource) => [resource.type, resource]));
  const references = new Map<DescField, ResourceContract>();
  for (const message of registry) {
    if (message.kind !== 'message') continue;
    for (const field of message.fields) {
      const name = 'google.api.resource_reference';
      const option = readOption<ReferenceOption>(field, registry, name);
      if (!option) continue;
      assertString(field, 'resource_reference');
      const resource = byType.get(option.type);
      if (!resource) throw new Error(`${nameOf(field)}: there is no resource "${option.type}"`);
      references.set(field, resource);
    }
  }
  return references;
}

function readResource(
  message: DescMessage,
  { type, nameField }: ResourceOption,
  registry: FileRegistry,
  methods: readonly MethodContract[],
): ResourceContract {
  const [, service] = TYPE.exec(type) ?? [];
  if (service === undefined) {
    throw new Error(
      `${message.typeName}: type "${type}" is none: it is the service's name, a slash and a kind`,
    );
  }
  const idName = nameField || 'name';
  const id = message.fields.find(({ name }) => name === idName);
  if (!id || !isString(id)) throw new Error(`${message.typeName} has no string field "${idName}"`);
  const owners: ResourceOwner[] = [];
  for (const field of message.fields) {
    const owner = readOption<OwnerOption>(field, registry, 'weft.policy.v1.owner');
    if (owner) owners.push(readOwner(field, owner));
  }
  if (owners.length > 1) throw new Error(`${message.typeName} has two owners`);
  const batchGet = methods.find(
    (method) => method.meshService === service && isBatchGet(method, message),
  );
  return { type, service, message, id, owner: owners[0], batchGet };
}

function readOwner(field: DescField, { kind, roles }: OwnerOption): ResourceOwner {
  assertString(field, 'owner');
  const known = OWNER_KINDS[kind];
  if (!known) throw new Error(`${nameOf(field)}: owner has no kind`);
  if (field.fieldKind === 'list') throw new Error(`${nameOf(field)}: there is one owner`);
  return { field, kind: known, roles };
}

/** BatchGetOrders(ids) answers a list of the message: https://google.aip.dev/231 */
function isBatchGet({ name, input, output }: MethodContract, message: DescMessage): boolean {
  return (
    name.startsWith('BatchGet') &&
    output.fields.some(
      (field) => field.fieldKind === 'list' && field.message?.typeName === message.typeName,
    ) &&
    input.fields.some((field) => field.fieldKind === 'list' && isString(field))
  );
}

function assertString(field: DescField, option: string): void {
  if (isString(field)) return;
  throw new Error(`${nameOf(field)}: ${option} is for strings`);
}

function nameOf({ parent, name }: DescField): string {
  return `${parent.typeName}.${name}`;
}

function isString({ scalar }: DescField): boolean {
  return scalar === ScalarType.STRING;
}
