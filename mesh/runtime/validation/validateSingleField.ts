import {
  clone,
  create,
  createFileRegistry,
  type DescField,
  type DescMessage,
  type FileRegistry,
  ScalarType,
} from '@bufbuild/protobuf';
import {
  DurationSchema,
  FieldDescriptorProtoSchema,
  FileDescriptorProtoSchema,
  TimestampSchema,
} from '@bufbuild/protobuf/wkt';
import type { Validator } from '@bufbuild/protovalidate';
import { NotCompilable } from './NotCompilable.ts';
import type { Predicate } from './rules/Predicate.ts';

const NAME = 'SingleField';
const LONG: ReadonlySet<ScalarType> = new Set([
  ScalarType.INT64,
  ScalarType.UINT64,
  ScalarType.SINT64,
  ScalarType.FIXED64,
  ScalarType.SFIXED64,
]);

/**
 * Checks one field by protovalidate, on a message that has only this field: for rules in CEL and formats that are
 * not worth a second implementation, without decoding the whole message a second time.
 *
 * @throws CompilationError for a rule that is wrong.
 * @throws NotCompilable unless the field is a single scalar, enum, Timestamp or Duration of a proto3 file.
 */
export function validateSingleField(
  field: DescField,
  registry: FileRegistry,
  validate: Validator['validate'],
): Predicate {
  const convert = converter(field);
  const message = messageOf(field, registry);
  assertCompiles(message, validate);
  return (value) => {
    const init = value === undefined ? {} : { [field.localName]: convert(value) };
    return validate(message, create(message, init)).kind === 'valid';
  };
}

/**
 * protovalidate compiles a type's rules when it first meets one.
 *
 * @throws CompilationError for rules that are wrong.
 */
export function assertCompiles(type: DescMessage, validate: Validator['validate']): void {
  const { kind, error } = validate(type, create(type));
  if (kind === 'error' && error.name === 'CompilationError') throw error;
}

/** From ts-proto's form of a value to protobuf-es's. */
function converter(field: DescField): (value: unknown) => unknown {
  if (field.fieldKind === 'enum') return (value) => value;
  if (field.fieldKind === 'scalar') {
    return LONG.has(field.scalar) ? (value) => BigInt(value as number) : (value) => value;
  }
  if (field.fieldKind === 'message') {
    const schema = [TimestampSchema, DurationSchema].find(
      ({ typeName }) => typeName === field.message.typeName,
    );
    if (schema) {
      return (value) => {
        const { seconds, nanos } = value as { seconds: number; nanos: number };
        return create(schema, { seconds: BigInt(seconds), nanos });
      };
    }
  }
  throw new NotCompilable(`${field}`);
}

function messageOf(field: DescField, registry: FileRegistry): DescMessage {
  const { file } = field.parent;
  if (file.proto.syntax !== 'proto3') throw new NotCompilable(`syntax of ${field}`);
  const alone = clone(FieldDescriptorProtoSchema, field.proto);
  // Where presence matters, the field gets a oneof of its own, as `optional` does.
  const optional = field.proto.proto3Optional || field.oneof !== undefined;
  alone.proto3Optional = optional && field.fieldKind !== 'message';
  const fileProto = create(FileDescriptorProtoSchema, {
    name: `${field.parent.typeName}.${field.name}.proto`,
    package: `${NAME}.${field.parent.typeName}.${field.name}`,
    syntax: file.proto.syntax,
    dependency: [...file.proto.dependency, file.proto.name],
    messageType: [
      {
        name: NAME,
        field: [alone],
        oneofDecl: alone.proto3Optional ? [{ name: `_${field.name}` }] : [],
      },
    ],
  });
  if (alone.proto3Optional) alone.oneofIndex = 0;
  else delete (alone as Partial<typeof alone>).oneofIndex;
  const own = createFileRegistry(fileProto, (name) => registry.getFile(name));
  const message = own.getMessage(`${fileProto.package}.${NAME}`);
  if (!message) throw new Error(`no message of ${field} alone`);
  return message;
}
