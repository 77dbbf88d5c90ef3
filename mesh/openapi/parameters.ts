import type { DescField, DescMessage } from '@bufbuild/protobuf';
import type { MethodContract } from '../contracts/index.ts';
import { fieldRules } from './fieldRules.ts';
import type { JsonSchema } from './jsonSchema.ts';
import type { SchemaBook } from './SchemaBook.ts';
import { wellKnownTypes } from './wellKnownTypes.ts';

/** A Parameter Object of OpenAPI. */
export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: JsonSchema;
}

/** The variables of a path. @throws Error for one that no field has the name of. */
export function pathParameters(
  input: DescMessage,
  variables: Readonly<Record<string, string>>,
  book: SchemaBook,
): Parameter[] {
  return Object.entries(variables).map(([name, path]) => {
    const field = fieldAt(input, path);
    if (!field) throw new Error(`${input.typeName} has no field ${path}`);
    return { ...parameter(name, 'path', field, book), required: true };
  });
}

/**
 * What a call says in its query: the fields that neither its path nor its body fills. A message's own fields are written
 * with a dot, as `order.id`; lists of messages and maps cannot be said there.
 */
export function queryParameters(
  input: DescMessage,
  filled: ReadonlySet<string>,
  book: SchemaBook,
): Parameter[] {
  return fieldsOf(input, '', '', filled, new Set()).map(({ name, field }) => {
    const required = fieldRules(field).isRequired && !name.includes('.');
    return { ...parameter(name, 'query', field, book), ...(required && { required }) };
  });
}

/** By which a call that is made again is done once, where the contract says so. */
export function headerParameters({
  idempotencyKey,
}: Pick<MethodContract, 'idempotencyKey'>): Parameter[] {
  if (idempotencyKey === 'ignored') return [];
  return [
    {
      name: 'Idempotency-Key',
      in: 'header',
      required: idempotencyKey === 'required',
      description:
        'Names this call, as a UUID does: the same call with the same key within 24 hours is not done again, and has the answer of the first. 1 to 255 visible characters.',
      schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[!-~]+$' },
    },
  ];
}

function parameter(
  name: string,
  place: 'path' | 'query',
  field: DescField,
  book: SchemaBook,
): Parameter {
  const { description, ...schema } = book.field(field);
  return { name, in: place, ...(description && { description }), schema };
}

interface NamedField {
  readonly name: string;
  readonly field: DescField;
}

function fieldsOf(
  message: DescMessage,
  prefix: string,
  jsonPrefix: string,
  filled: ReadonlySet<string>,
  above: ReadonlySet<DescMessage>,
): NamedField[] {
  return message.fields.flatMap((field) => {
    const path = prefix + field.name;
    if (filled.has(path) || field.fieldKind === 'map') return [];
    if (!field.message || field.message.typeName in wellKnownTypes) {
      return [{ name: jsonPrefix + field.jsonName, field }];
    }
    if (field.fieldKind === 'list' || above.has(field.message)) return [];
    return fieldsOf(
      field.message,
      `${path}.`,
      `${jsonPrefix}${field.jsonName}.`,
      filled,
      new Set([...above, message]),
    );
  });
}

function fieldAt(message: DescMessage, path: string): DescField | undefined {
  const [name, ...rest] = path.split('.');
  const field = message.fields.find((one) => one.name === name);
  if (rest.length === 0) return field;
  return field?.message ? fieldAt(field.message, rest.join('.')) : undefined;
}
