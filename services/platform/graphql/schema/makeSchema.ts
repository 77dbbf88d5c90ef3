import type { DescField, DescMessage, DescMethod, Registry } from '@bufbuild/protobuf';
import { type Contracts, isOpen, type MethodContract } from '@weft/mesh/contracts';
import {
  type GraphQLFieldConfig,
  type GraphQLFieldConfigArgumentMap,
  type GraphQLFieldConfigMap,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
} from 'graphql';
import type { Operation } from '../operations/Operation.ts';
import { StreamEnd } from '../operations/StreamEnd.ts';
import type { FieldCost } from './FieldCost.ts';
import { fieldNameOf } from './fieldName.ts';
import { type Link, linkNameOf, linkTo } from './Link.ts';
import { listLengthOf } from './listLength.ts';
import { nameTypes, typesOf } from './nameTypes.ts';
import { linkNameOption, methodOption } from './options.ts';
import { type Fields, readerOf } from './readerOf.ts';
import { requestOf } from './requestOf.ts';
import { type OutputField, TypeBook, type TypeBookOptions } from './TypeBook.ts';

type RootField = GraphQLFieldConfig<unknown, Operation>;

/** A method of the schema. */
interface OpenMethod {
  readonly contract: MethodContract;
  readonly described: DescMethod;
  readonly registry: Registry;
}

export interface SchemaOptions {
  /** What contracts say about their parts. Default: nothing is said. */
  readonly describe?: (
    described: Parameters<TypeBookOptions['describe']>[0] | DescMethod,
  ) => string;
}

/**
 * The schema of all methods that callers from outside may call: those without side effects are queries, those that answer a
 * stream subscriptions, all others mutations. A field has the method's name, its arguments are the fields of the request, and
 * its type is the answer. A field that names a resource has another beside it that answers the resource itself.
 *
 * @throws Error that names a contract whose options are wrong.
 */
export function makeSchema(contracts: Contracts, options: SchemaOptions = {}): GraphQLSchema {
  const { describe = () => '' } = options;
  const { registry } = contracts;
  const methods = openMethods(contracts);
  const names = nameTypes(
    methods.flatMap(({ contract }) => [...contract.input.fields.flatMap(typesOf), contract.output]),
    registry,
  );
  const linkOf = linker(contracts, methods);
  const book = new TypeBook({ names, registry, describe, linkOf });
  const root = (name: string, wanted: readonly OpenMethod[]) =>
    wanted.length === 0
      ? undefined
      : new GraphQLObjectType<unknown, Operation>({
          name,
          fields: () => rootFields(wanted, book, describe),
        });
  const isRead = ({ idempotency }: MethodContract) => idempotency === 'no_side_effects';
  const kinds = Map.groupBy(methods, ({ contract }) =>
    contract.responseStream ? 'stream' : isRead(contract) ? 'read' : 'write',
  );
  return new GraphQLSchema({
    query: root('Query', kinds.get('read') ?? []) ?? emptyQuery(),
    mutation: root('Mutation', kinds.get('write') ?? []) ?? null,
    subscription: root('Subscription', kinds.get('stream') ?? []) ?? null,
  });
}

/** In the order of their names, those of streams of requests left out: GraphQL has none. */
function openMethods({ methods, registry }: Contracts): OpenMethod[] {
  return methods
    .filter((contract) => isOpen(contract) && contract.meshService && !contract.requestStream)
    .flatMap((contract): OpenMethod[] => {
      const described = registry
        .getService(contract.service)
        ?.methods.find(({ name }) => name === contract.name);
      if (!described || methodOption(described, registry).hidden) return [];
      return [{ contract, described, registry }];
    })
    .sort((one, other) => (one.contract.path < other.contract.path ? -1 : 1));
}

function rootFields(
  methods: readonly OpenMethod[],
  book: TypeBook,
  describe: (method: DescMethod) => string,
): GraphQLFieldConfigMap<unknown, Operation> {
  const fields: Record<string, RootField> = {};
  for (const method of methods) {
    const { contract, described, registry } = method;
    const own = contract.name.charAt(0).toLowerCase() + contract.name.slice(1);
    const said = methodOption(described, registry).name;
    // Of two methods with one name the second has its package before it.
    const [within = ''] = contract.service.split('.');
    const name = said || (Object.hasOwn(fields, own) ? `${within}${contract.name}` : own);
    if (Object.hasOwn(fields, name)) {
      throw new Error(`${contract.path}: ${name} is another method's field: it needs a name`);
    }
    fields[name] = {
      type: book.object(contract.output),
      args: book.inputFields(contract.input) as GraphQLFieldConfigArgumentMap,
      description: describe(described) || null,
      extensions: { weft: { calls: 1, pageSize: pageSizeOf(contract) } satisfies FieldCost },
      ...(described.deprecated && { deprecationReason: 'The contract says so.' }),
      ...resolversOf(contract, registry),
    };
  }
  return fields;
}

function resolversOf(
  contract: MethodContract,
  registry: Registry,
): Pick<RootField, 'resolve' | 'subscribe'> {
  const request = (args: Record<string, unknown>) => requestOf(contract.input, args, registry);
  if (contract.responseStream) {
    return {
      subscribe: (_, args, operation) =>
        operation.failing(() => operation.watch(contract, request(args))),
      resolve: (message, _, operation) => {
        if (message instanceof StreamEnd) throw operation.failureOf(message.reason);
        return message;
      },
    };
  }
  if (contract.idempotency === 'no_side_effects') {
    return {
      resolve: (_, args, operation) =>
        operation.failing(() => operation.read(contract, request(args))),
    };
  }
  return {
    resolve: (_, args, operation, { path }) =>
      operation.failing(() => operation.write(contract, request(args), String(path.key))),
  };
}

/** The argument that says how long the lists of its answer may be, as AIP-158 has it. */
function pageSizeOf({ input }: MethodContract): string | undefined {
  const field = input.fields.find(({ name }) => name === 'page_size');
  return field && fieldNameOf(field);
}

/** Makes the fields that answer resources which others name. */
function linker(contracts: Contracts, methods: readonly OpenMethod[]): TypeBookOptions['linkOf'] {
  const { registry } = contracts;
  const open = methods.map(({ contract }) => contract);
  const references = new Map(
    [...contracts.references].map(([field, resource]) => [String(field), resource]),
  );
  const links = new Map<string, Link | undefined>();
  return (field, book) => {
    const resource = references.get(String(field));
    const name = linkNameOption(field, registry) ?? linkNameOf(field);
    if (!resource || name === undefined) return undefined;
    if (!links.has(resource.type)) {
      const lengthOf = (list: DescField) => listLengthOf(list, registry);
      links.set(resource.type, linkTo(resource, open, lengthOf));
    }
    const link = links.get(resource.type);
    return link && [name, linkField(field, link, book, registry)];
  };
}

function linkField(field: DescField, link: Link, book: TypeBook, registry: Registry): OutputField {
  const read = readerOf(field, registry);
  const type = book.object(link.answer.message as DescMessage);
  const isList = field.fieldKind === 'list';
  return {
    type: isList ? new GraphQLNonNull(new GraphQLList(type)) : type,
    description: `The ${type.name} that ${fieldNameOf(field)} names; null: there is none, or none any more.`,
    extensions: {
      weft: {
        list: isList ? listLengthOf(field, registry) : 1,
        ...{ links: link.most },
      } satisfies FieldCost,
    },
    resolve: (message: Fields, _, operation) =>
      operation.failing<unknown>(() => {
        const held = read(message);
        if (!isList) return held ? operation.load(link, held as string) : null;
        return Promise.all((held as readonly string[]).map((id) => operation.load(link, id)));
      }),
  };
}

/** GraphQL has no schema without a query. */
function emptyQuery(): GraphQLObjectType {
  return new GraphQLObjectType({ name: 'Query', fields: { _: { type: GraphQLString } } });
}
