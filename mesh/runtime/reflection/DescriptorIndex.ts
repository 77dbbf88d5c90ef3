import { type DescFile, type FileRegistry, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';

/** Finds the .proto file of a symbol, as its serialized FileDescriptorProto. */
export class DescriptorIndex {
  readonly #registry: FileRegistry;
  readonly #bySymbol = new Map<string, DescFile>();
  readonly #encoded = new Map<string, Uint8Array>();

  constructor(registry: FileRegistry) {
    this.#registry = registry;
    for (const type of registry) {
      this.#bySymbol.set(type.typeName, type.file);
      const members =
        type.kind === 'service' ? type.methods : type.kind === 'message' ? type.members : [];
      for (const { name } of members) this.#bySymbol.set(`${type.typeName}.${name}`, type.file);
      if (type.kind !== 'enum') continue;
      // The values of an enum are its siblings in protobuf's naming.
      const scope = type.typeName.slice(0, type.typeName.lastIndexOf('.') + 1);
      for (const { name } of type.values) this.#bySymbol.set(scope + name, type.file);
    }
  }

  /** @param name Such as "market/v1/analytics.proto". */
  file(name: string): DescFile | undefined {
    return this.#registry.getFile(name);
  }

  /** @param symbol Full name of a service, method, message, field, enum, value or extension. */
  fileOf(symbol: string): DescFile | undefined {
    return this.#bySymbol.get(symbol);
  }

  fileOfExtension(extendee: string, number: number): DescFile | undefined {
    const message = this.#registry.getMessage(extendee);
    return message && this.#registry.getExtensionFor(message, number)?.file;
  }

  /** Numbers of all extensions of a message; undefined when there is no such message. */
  extensionNumbers(extendee: string): number[] | undefined {
    if (!this.#registry.getMessage(extendee)) return undefined;
    const numbers: number[] = [];
    for (const type of this.#registry) {
      if (type.kind === 'extension' && type.extendee.typeName === extendee) {
        numbers.push(type.number);
      }
    }
    return numbers;
  }

  encode(file: DescFile): Uint8Array {
    let bytes = this.#encoded.get(file.name);
    if (!bytes) {
      bytes = toBinary(FileDescriptorProtoSchema, file.proto);
      this.#encoded.set(file.name, bytes);
    }
    return bytes;
  }
}
