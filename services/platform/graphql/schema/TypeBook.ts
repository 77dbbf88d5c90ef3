import type { DescEnum, DescField, DescMessage, Registry } from '@bufbuild/protobuf';
import { ScalarType } from '@bufbuild/protobuf';
import { isWrapperDesc } from '@bufbuild/protobuf/wkt';
import {
  GraphQLBoolean,
  GraphQLEnumType,
  type GraphQLFieldConfig,
  GraphQLFloat,
  type GraphQLInputFieldConfigMap,
  GraphQLInputObjectType,
  type GraphQLInputType,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLScalarType,
  GraphQLString,
} from 'graphql';
import type { Operation } from '../operations/Operation.ts';
import { fieldNameOf } from './fieldName.ts';
import { listLengthOf } from './listLength.ts';
import { inputName } from './nameTypes.ts';
import { type Fields, isFloat, isNullable, readerOf, wrappedScalar } from './readerOf.ts';
import { scalars, wellKnownScalar } from './scalars.ts';

/** A field of an answer. */
export type OutputField = GraphQLFieldConfig<Fields, Operation>;

export interface TypeBookOptions {
  /** Names of the types by the full names of messages and enums: see nameTypes(). */
  readonly names: ReadonlyMap<string, string>;
  readonly registry: Registry;
  /** What the contract says about something; "": nothing. */
  readonly describe: (
    described: DescMessage | DescField | DescEnum | DescEnum['values'][number],
  ) => string;
  /** The field that answers the resource which a field names, with its name; undefined: there is none. */
  readonly linkOf: (field: DescField, book: TypeBook) => readonly [string, OutputField] | undefined;
}

/** What an object without fields has all the same: GraphQL has none. */
const NOTHING = '_';

/** The types of GraphQL for messages and enums, each made when it is first asked for. */
export class TypeBook {
  readonly #options: TypeBookOptions;
  readonly #objects = new Map<string, GraphQLObjectType>();
  readonly #inputs = new Map<string, GraphQLInputObjectType>();
  readonly #enums = new Map<string, GraphQLEnumType>();

  constructor(options: TypeBookOptions) {
    this.#options = options;
  }

  /** Of answers. */
  object(message: DescMessage): GraphQLObjectType {
    return made(this.#objects, message.typeName, () => {
      const { describe } = this.#options;
      return new GraphQLObjectType<Fields, Operation>({
        name: this.#nameOf(message),
        description: describe(message) || null,
        fields: () => this.#outputFields(message),
      });
    });
  }

  /** What a request asks for, as arguments or as the fields of an input. */
  inputFields(message: DescMessage): GraphQLInputFieldConfigMap {
    const { describe } = this.#options;
    return Object.fromEntries(
      message.fields.map((field) => [
        fieldNameOf(field),
        { type: this.#inputOf(field), description: describe(field) || null, ...deprecation(field) },
      ]),
    );
  }

  #outputFields(message: DescMessage): Record<string, OutputField> {
    const { registry, describe, linkOf } = this.#options;
    const fields: Record<string, OutputField> = {};
    for (const field of message.fields) {
      fields[fieldNameOf(field)] = {
        type: this.#outputOf(field),
        description: describe(field) || null,
        resolve: readerOf(field, registry),
        extensions: {
          weft: { list: field.fieldKind === 'list' ? listLengthOf(field, registry) : 1 },
        },
        ...deprecation(field),
      };
    }
    for (const field of message.fields) {
      const link = linkOf(field, this);
      if (link && !Object.hasOwn(fields, link[0])) fields[link[0]] = link[1];
    }
    if (message.fields.length === 0) {
      fields[NOTHING] = { type: GraphQLBoolean, description: 'There is nothing in it.' };
    }
    return fields;
  }

  #outputOf(field: DescField): GraphQLOutputType {
    if (field.fieldKind === 'map') return listOf(this.#entry(field, field.mapKey));
    const type = this.#outputType(field);
    if (field.fieldKind === 'list') {
      return canBeNothing(field) ? new GraphQLNonNull(new GraphQLList(type)) : listOf(type);
    }
    return isNullable(field) ? type : new GraphQLNonNull(type);
  }

  #outputType({ message, enum: values, scalar }: DescField): GraphQLOutputType {
    if (!message) return values ? this.#enum(values) : scalarOf(scalar);
    if (isWrapperDesc(message)) return scalarOf(wrappedScalar(message));
    return wellKnownScalar(message) ?? this.object(message);
  }

  /** Of a map: GraphQL has none. */
  #entry(field: DescField, key: ScalarType): GraphQLObjectType {
    const name = this.#entryName(field);
    return made(this.#objects, name, () => {
      const value = this.#outputType(field);
      return new GraphQLObjectType({
        name,
        fields: {
          key: { type: new GraphQLNonNull(scalarOf(key)) },
          value: { type: canBeNothing(field) ? value : new GraphQLNonNull(value) },
        },
      });
    });
  }

  #inputOf(field: DescField): GraphQLInputType {
    if (field.fieldKind === 'map') {
      return new GraphQLList(new GraphQLNonNull(this.#entryInput(field, field.mapKey)));
    }
    const type = this.#inputType(field);
    return field.fieldKind === 'list' ? new GraphQLList(new GraphQLNonNull(type)) : type;
  }

  #inputType({ message, enum: values, scalar, name }: DescField): GraphQLInputType {
    // What clients give most often is what GraphQL has, and pages are short.
    if (name === 'page_size') return GraphQLInt;
    if (!message) return values ? this.#enum(values) : scalarOf(scalar);
    if (isWrapperDesc(message)) return scalarOf(wrappedScalar(message));
    return wellKnownScalar(message) ?? this.#input(message);
  }

  #input(message: DescMessage): GraphQLInputObjectType {
    return made(this.#inputs, message.typeName, () => {
      const { describe } = this.#options;
      return new GraphQLInputObjectType({
        name: inputName(this.#nameOf(message)),
        description: describe(message) || null,
        fields: () =>
          message.fields.length > 0
            ? this.inputFields(message)
            : { [NOTHING]: { type: GraphQLBoolean } },
      });
    });
  }

  #entryInput(field: DescField, key: ScalarType): GraphQLInputObjectType {
    const name = inputName(this.#entryName(field));
    return made(this.#inputs, name, () => {
      return new GraphQLInputObjectType({
        name,
        fields: {
          key: { type: new GraphQLNonNull(scalarOf(key)) },
          value: { type: new GraphQLNonNull(this.#inputType(field)) },
        },
      });
    });
  }

  #enum(described: DescEnum): GraphQLEnumType {
    return made(this.#enums, described.typeName, () => {
      const { describe } = this.#options;
      return new GraphQLEnumType({
        name: this.#nameOf(described),
        description: describe(described) || null,
        values: Object.fromEntries(
          described.values.map((value) => [
            value.name,
            { value: value.name, description: describe(value) || null, ...deprecation(value) },
          ]),
        ),
      });
    });
  }

  /** Such as "BookLabelsEntry". */
  #entryName({ parent, jsonName }: DescField): string {
    return `${this.#nameOf(parent)}${jsonName.charAt(0).toUpperCase()}${jsonName.slice(1)}Entry`;
  }

  #nameOf({ typeName }: DescMessage | DescEnum): string {
    const name = this.#options.names.get(typeName);
    if (name === undefined) throw new Error(`${typeName} has no name in the schema`);
    return name;
  }
}

/** In lists and maps. */
function canBeNothing({ enum: values, scalar }: DescField): boolean {
  return values !== undefined || isFloat(scalar);
}

function listOf(type: GraphQLOutputType): GraphQLOutputType {
  return new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(type)));
}

function scalarOf(scalar: ScalarType | undefined): GraphQLScalarType {
  switch (scalar) {
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      return GraphQLFloat;
    case ScalarType.INT32:
    case ScalarType.SINT32:
    case ScalarType.SFIXED32:
      return GraphQLInt;
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return scalars.uint32;
    case ScalarType.INT64:
    case ScalarType.SINT64:
    case ScalarType.SFIXED64:
      return scalars.int64;
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return scalars.uint64;
    case ScalarType.BOOL:
      return GraphQLBoolean;
    case ScalarType.BYTES:
      return scalars.bytes;
    default:
      return GraphQLString;
  }
}

function deprecation({ deprecated }: { readonly deprecated: boolean }) {
  return deprecated ? { deprecationReason: 'The contract says so.' } : {};
}

function made<Value>(all: Map<string, Value>, name: string, make: () => Value): Value {
  const known = all.get(name);
  if (known) return known;
  const value = make();
  all.set(name, value);
  return value;
}
