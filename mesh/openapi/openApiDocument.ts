import { type Contracts, isOpen, type MethodContract } from '../contracts/index.ts';
import { commentOf } from './commentOf.ts';
import { readHttpPath } from './httpPath.ts';
import type { JsonSchema } from './jsonSchema.ts';
import { type Operation, operation } from './operation.ts';
import { errorResponses, type Response, responseHeaders } from './responses.ts';
import { SchemaBook } from './SchemaBook.ts';
import { securitySchemes } from './security.ts';

export interface OpenApiOptions {
  /** Version of the interface, such as that of the release. */
  readonly version: string;
  /** Only the services of this group, the first part of their package: "market" of "market.v1". Default: all. */
  readonly group?: string;
  /** URL of the edge. Default: "/", where the document itself is from. */
  readonly server?: string;
}

/** An OpenAPI Object. */
export interface OpenApiDocument {
  readonly openapi: '3.1.0';
  readonly info: object;
  readonly servers: readonly object[];
  readonly tags: readonly { readonly name: string; readonly description?: string }[];
  /** By path, then by verb in small letters. */
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly responses: Readonly<Record<string, Response>>;
    readonly headers: object;
    readonly securitySchemes: object;
  };
}

const STATUS = 'google.rpc.Status';

/**
 * The open methods' REST interface as OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.0): paths, messages with their
 * rules, who may call, how often, and all errors. It says what the contracts say; comments are there when the image has
 * them.
 *
 * @throws Error for a group that no open method is of; names those that there are.
 */
export function openApiDocument(contracts: Contracts, options: OpenApiOptions): OpenApiDocument {
  const open = withPaths(contracts);
  const { version, group, server = '/' } = options;
  const methods = open.filter((method) => group === undefined || groupOf(method) === group);
  if (group !== undefined && methods.length === 0) {
    const groups = groupsOf(contracts).join(', ');
    throw new Error(`no open method is of the group "${group}"; groups: ${groups}`);
  }
  const book = new SchemaBook();
  const status = book.message(statusOf(contracts));
  const paths: Record<string, Record<string, Operation>> = {};
  for (const method of methods) {
    const described = describe(contracts, method);
    for (const [turn, binding] of method.http.entries()) {
      const { path } = readHttpPath(binding.path);
      paths[path] ??= {};
      const verb = binding.method.toLowerCase();
      paths[path][verb] = operation(method, described, binding, turn, book);
    }
  }
  const services = new Set(methods.map((method) => describe(contracts, method).parent));
  return {
    openapi: '3.1.0',
    info: {
      title: group ? `Weft: ${group}` : 'Weft',
      version,
      description: INTRODUCTION,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: server }],
    tags: [...services].map((service) => {
      const description = commentOf(service);
      return { name: service.name, ...(description && { description }) };
    }),
    paths,
    components: {
      schemas: book.schemas,
      responses: errorResponses(status),
      headers: responseHeaders,
      securitySchemes,
    },
  };
}

const INTRODUCTION = `Generated from the contracts. Every error is a google.rpc.Status. 64-bit integers are strings, \
times are RFC 3339, and a field without a value has its type's zero. The same methods take gRPC and gRPC-Web.`;

/** Groups that have a document. */
export function groupsOf(contracts: Contracts): readonly string[] {
  return [...new Set(withPaths(contracts).map(groupOf))].sort();
}

function withPaths({ methods }: Contracts): readonly MethodContract[] {
  return methods.filter((method) => isOpen(method) && method.http.length > 0);
}

/** "market" of the package "market.v1". */
export function groupOf({ service }: Pick<MethodContract, 'service'>): string {
  return service.split('.', 1)[0] ?? '';
}

function describe(contracts: Contracts, { service, name }: MethodContract) {
  const described = contracts.registry
    .getService(service)
    ?.methods.find((one) => one.name === name);
  if (!described) throw new Error(`the image has no ${service}/${name}`);
  return described;
}

function statusOf({ registry }: Contracts) {
  const status = registry.getMessage(STATUS);
  if (!status) throw new Error(`the image has no ${STATUS}`);
  return status;
}
