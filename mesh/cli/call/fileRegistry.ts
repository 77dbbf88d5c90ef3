import { create, createFileRegistry, type FileRegistry } from '@bufbuild/protobuf';
import { protoCamelCase } from '@bufbuild/protobuf/reflect';
import {
  type DescriptorProto,
  type EnumDescriptorProto,
  type FieldDescriptorProto,
  type FileDescriptorProto,
  FileDescriptorSetSchema,
  file_google_protobuf_any,
  file_google_protobuf_api,
  file_google_protobuf_descriptor,
  file_google_protobuf_duration,
  file_google_protobuf_empty,
  file_google_protobuf_field_mask,
  file_google_protobuf_source_context,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
  file_google_protobuf_type,
  file_google_protobuf_wrappers,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
} from '@bufbuild/protobuf/wkt';

/** Google's own files, imported ones first: what JSON makes of them the library knows, whatever a server says. */
const WELL_KNOWN = [
  file_google_protobuf_descriptor,
  file_google_protobuf_any,
  file_google_protobuf_duration,
  file_google_protobuf_empty,
  file_google_protobuf_field_mask,
  file_google_protobuf_source_context,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
  file_google_protobuf_wrappers,
  file_google_protobuf_type,
  file_google_protobuf_api,
].map(({ proto }) => proto);

/**
 * Makes the descriptors usable that a server's reflection gives, in whatever language it is written. Much of them is
 * for a compiler to fill in, and not every library hands that on: grpc-java's have no `json_name`; those of protobufjs,
 * which Node's @grpc/reflection sends, no imports, and type names as a source would write them.
 *
 * @see https://github.com/protocolbuffers/protobuf/blob/main/src/google/protobuf/descriptor.proto
 * @param files Changed in place. Those of the package google.protobuf may lack.
 * @throws Error when a type is in none of them, or the library does not know their edition.
 */
export function fileRegistry(files: Iterable<FileDescriptorProto>): FileRegistry {
  const given = [...files].filter((file) => !isWellKnown(file));
  const types = new Types([...WELL_KNOWN, ...given]);
  for (const file of given) complete(file, types);
  const file = [...WELL_KNOWN, ...importedFirst(given)];
  return createFileRegistry(create(FileDescriptorSetSchema, { file }));
}

/** The types that files name and none of them has, fully qualified as far as that is known. */
export function missingTypes(files: Iterable<FileDescriptorProto>): string[] {
  const given = [...files].filter((file) => !isWellKnown(file));
  const types = new Types([...WELL_KNOWN, ...given]);
  const missing = given
    .flatMap(references)
    .filter(({ name, scope }) => !types.find(name, scope))
    .map(({ name }) => name.replace(/^\./, ''));
  return [...new Set(missing)];
}

function isWellKnown(file: FileDescriptorProto): boolean {
  return file.package === 'google.protobuf';
}

/** A name that stands for a message or an enum. */
interface Reference {
  readonly name: string;
  /** Full name of what it stands in, from which a name without a leading dot is looked for outwards. */
  readonly scope: string;
  /** Writes the full name in its place. */
  resolve(type: NamedType): void;
}

interface NamedType {
  readonly fullName: string;
  readonly isEnum: boolean;
  /** Name of the file that declares it. */
  readonly file: string;
}

/** Messages and enums by their full names. */
class Types {
  readonly #byName = new Map<string, NamedType>();

  constructor(files: readonly FileDescriptorProto[]) {
    for (const file of files) this.#add(file.name, file.package, file);
  }

  /** By the scoping of protobuf: the innermost that there is, unless the name begins with a dot. */
  find(name: string, scope: string): NamedType | undefined {
    if (name.startsWith('.')) return this.#byName.get(name.slice(1));
    const parts = scope.split('.');
    for (let length = parts.length; length > 0; length -= 1) {
      const found = this.#byName.get(join(parts.slice(0, length).join('.'), name));
      if (found) return found;
    }
    return this.#byName.get(name);
  }

  #add(
    file: string,
    scope: string,
    declared: {
      readonly messageType?: DescriptorProto[];
      readonly nestedType?: DescriptorProto[];
      readonly enumType: EnumDescriptorProto[];
    },
  ): void {
    for (const { name } of declared.enumType) {
      const fullName = join(scope, name);
      this.#byName.set(fullName, { fullName, isEnum: true, file });
    }
    for (const message of declared.messageType ?? declared.nestedType ?? []) {
      const fullName = join(scope, message.name);
      this.#byName.set(fullName, { fullName, isEnum: false, file });
      this.#add(file, fullName, message);
    }
  }
}

function complete(file: FileDescriptorProto, types: Types): void {
  for (const field of fieldsOf(file)) {
    field.jsonName ||= protoCamelCase(field.name);
    field.label ||= Label.OPTIONAL;
  }
  const imports = new Set<string>();
  for (const reference of references(file)) {
    const type = types.find(reference.name, reference.scope);
    if (!type)
      throw new Error(`${file.name} names ${reference.name}, which the server does not tell`);
    reference.resolve(type);
    if (type.file !== file.name) imports.add(type.file);
  }
  // Other imports are of options alone.
  file.dependency = [...imports];
  file.publicDependency = [];
  file.weakDependency = [];
}

function fieldsOf(file: FileDescriptorProto): FieldDescriptorProto[] {
  const within = ({ field, extension, nestedType }: DescriptorProto): FieldDescriptorProto[] => [
    ...field,
    ...extension,
    ...nestedType.flatMap(within),
  ];
  return [...file.extension, ...file.messageType.flatMap(within)];
}

function references(file: FileDescriptorProto): Reference[] {
  const ofFields = (fields: FieldDescriptorProto[], scope: string) =>
    fields.flatMap((field) => ofField(field, scope));
  const ofMessage = (message: DescriptorProto, outer: string): Reference[] => {
    const scope = join(outer, message.name);
    return [
      ...ofFields(message.field, scope),
      ...ofFields(message.extension, scope),
      ...message.nestedType.flatMap((nested) => ofMessage(nested, scope)),
    ];
  };
  return [
    ...ofFields(file.extension, file.package),
    ...file.messageType.flatMap((message) => ofMessage(message, file.package)),
    ...file.service.flatMap(({ name, method }) =>
      method.flatMap((each): Reference[] => {
        const scope = join(file.package, name);
        return [
          {
            name: each.inputType,
            scope,
            resolve: ({ fullName }) => {
              each.inputType = `.${fullName}`;
            },
          },
          {
            name: each.outputType,
            scope,
            resolve: ({ fullName }) => {
              each.outputType = `.${fullName}`;
            },
          },
        ];
      }),
    ),
  ];
}

function ofField(field: FieldDescriptorProto, scope: string): Reference[] {
  const found: Reference[] = [];
  if (field.typeName) {
    found.push({
      name: field.typeName,
      scope,
      resolve: ({ fullName, isEnum }) => {
        field.typeName = `.${fullName}`;
        // It may be left out where there is a type_name.
        field.type ||= isEnum ? Type.ENUM : Type.MESSAGE;
      },
    });
  }
  if (field.extendee) {
    found.push({
      name: field.extendee,
      scope,
      resolve: ({ fullName }) => {
        field.extendee = `.${fullName}`;
      },
    });
  }
  return found;
}

function importedFirst(files: readonly FileDescriptorProto[]): FileDescriptorProto[] {
  const byName = new Map(files.map((file) => [file.name, file]));
  const ordered = new Set<FileDescriptorProto>();
  const begun = new Set<string>();
  const add = (file: FileDescriptorProto | undefined) => {
    if (!file || begun.has(file.name)) return;
    begun.add(file.name);
    for (const name of file.dependency) add(byName.get(name));
    ordered.add(file);
  };
  for (const file of files) add(file);
  return [...ordered];
}

function join(scope: string, name: string): string {
  return scope ? `${scope}.${name}` : name;
}
