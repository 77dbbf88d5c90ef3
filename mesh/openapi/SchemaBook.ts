import {
  type DescEnum,
  type DescField,
  type DescMessage,
  type DescOneof,
  getOption,
  hasOption,
} from '@bufbuild/protobuf';
import { oneof as oneofOption } from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import { commentOf } from './commentOf.ts';
import { type FieldRules, fieldRules } from './fieldRules.ts';
import type { JsonSchema } from './jsonSchema.ts';
import { scalarSchema } from './scalarSchema.ts';
import { wellKnownTypes } from './wellKnownTypes.ts';

/** The schemas of the messages and enums that a document speaks of, each once, by their full names. */
export class SchemaBook {
  readonly #schemas = new Map<string, JsonSchema>();

  /** For `components.schemas`, in the order of their names. */
  get schemas(): Readonly<Record<string, JsonSchema>> {
    return Object.fromEntries([...this.#schemas].sort(([one], [other]) => (one < other ? -1 : 1)));
  }

  /** A reference to a message, which is written down with all that it leads to. */
  message(message: DescMessage): JsonSchema {
    const known = wellKnownTypes[message.typeName];
    if (known) return known;
    if (!this.#schemas.has(message.typeName)) {
      // It may lead to itself.
      this.#schemas.set(message.typeName, {});
      this.#schemas.set(message.typeName, this.partOf(message, message.fields));
    }
    return reference(message.typeName);
  }

  /** The value of a field, with its comment and what its rules demand. */
  field(field: DescField, rules = fieldRules(field)): JsonSchema {
    const description = [commentOf(field), ...rules.notes].filter(Boolean).join('\n\n');
    return { ...merged(this.#value(field), rules), ...(description && { description }) };
  }

  /** A message with some of its fields only. */
  partOf(message: DescMessage, fields: readonly DescField[]): JsonSchema {
    const ruled = fields.map((field) => ({ field, rules: fieldRules(field) }));
    const required = ruled.filter(({ rules }) => rules.isRequired);
    const choices = message.oneofs.filter(isRequired);
    const description = commentOf(message);
    return {
      type: 'object',
      ...(description && { description }),
      properties: Object.fromEntries(
        ruled.map(({ field, rules }) => [field.jsonName, this.field(field, rules)]),
      ),
      ...(required.length > 0 && { required: required.map(({ field }) => field.jsonName) }),
      ...(choices[0] && {
        oneOf: choices[0].fields.map(({ jsonName }) => ({ required: [jsonName] })),
      }),
    };
  }

  #value(field: DescField): JsonSchema {
    switch (field.fieldKind) {
      case 'scalar':
        return scalarSchema(field.scalar);
      case 'enum':
        return this.#enum(field.enum);
      case 'message':
        return this.message(field.message);
      case 'list':
        return { type: 'array', items: this.#element(field) };
      case 'map':
        return { type: 'object', additionalProperties: this.#element(field) };
    }
  }

  #element(field: DescField & { fieldKind: 'list' | 'map' }): JsonSchema {
    if (field.message) return this.message(field.message);
    if (field.enum) return this.#enum(field.enum);
    return field.scalar ? scalarSchema(field.scalar) : {};
  }

  #enum(type: DescEnum): JsonSchema {
    if (type.typeName === 'google.protobuf.NullValue') return { type: 'null' };
    if (!this.#schemas.has(type.typeName)) {
      const comments = type.values.map((value) => ({ name: value.name, text: commentOf(value) }));
      const description = [
        commentOf(type),
        comments
          .filter(({ text }) => text)
          .map(({ name, text }) => `- \`${name}\`: ${text.replaceAll('\n', ' ')}`)
          .join('\n'),
      ]
        .filter(Boolean)
        .join('\n\n');
      this.#schemas.set(type.typeName, {
        type: 'string',
        enum: type.values.map(({ name }) => name),
        ...(description && { description }),
      });
    }
    return reference(type.typeName);
  }
}

function reference(name: string): JsonSchema {
  return { $ref: `#/components/schemas/${name}` };
}

function isRequired(oneof: DescOneof): boolean {
  return hasOption(oneof, oneofOption) && getOption(oneof, oneofOption).required;
}

/** Bounds are those of numbers: what JSON writes as a string has none. */
function merged(schema: JsonSchema, { keywords, nonFinite, items }: FieldRules): JsonSchema {
  if (schema.items && items) {
    return { ...schema, ...keywords, items: merged(schema.items, items) };
  }
  const [number, words] = schema.anyOf ?? [];
  if (!number || !words) return { ...schema, ...keywords };
  const strings = nonFinite ?? words.enum ?? [];
  const finite = { ...number, ...keywords };
  return strings.length === 0 ? finite : { anyOf: [finite, { enum: strings }] };
}
