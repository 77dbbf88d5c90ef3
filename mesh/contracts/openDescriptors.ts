import {
  type DescEnum,
  type DescExtension,
  type DescFile,
  type DescMessage,
  fromBinary,
} from '@bufbuild/protobuf';
import {
  type FileDescriptorProto,
  FileDescriptorSetSchema,
  type SourceCodeInfo,
} from '@bufbuild/protobuf/wkt';
import { isOpen } from './AccessRule.ts';
import type { Contracts } from './Contracts.ts';

/** Numbers of google.protobuf.FileDescriptorProto's fields, by which comments are found, and of a service's methods. */
const MESSAGES = 4;
const ENUMS = 5;
const SERVICES = 6;
const METHODS = 2;

/**
 * What callers from outside may know of the contracts, in the order of their imports: the open methods, and the messages
 * and options that these speak of. Whoever has it, as a protoset or by reflection, can call them without the .proto files.
 */
export function openDescriptors({ image, registry, methods }: Contracts): FileDescriptorProto[] {
  const open = new Set(methods.filter(isOpen).map(({ service, name }) => `${service}.${name}`));
  const reached = new Set<string>();
  const files = new Set<string>();

  /** A type of the top level, with all that lies in it: descriptors of a part are none. */
  function reach(type: DescMessage | DescEnum): void {
    if (type.parent) {
      reach(type.parent);
      return;
    }
    if (reached.has(type.typeName)) return;
    reached.add(type.typeName);
    reachFile(type.file);
    if (type.kind === 'message') reachFields(type);
  }

  function reachFields(message: DescMessage): void {
    for (const { message: type, enum: values } of message.fields) {
      if (type) reach(type);
      if (values) reach(values);
    }
    for (const nested of message.nestedMessages) reachFields(nested);
    reachExtensions(message.nestedExtensions);
  }

  function reachFile(file: DescFile): void {
    if (files.has(file.name)) return;
    files.add(file.name);
    // Options of what is kept may use any that its file imports.
    reachExtensions(file.extensions);
    for (const dependency of file.dependencies) reachFile(dependency);
  }

  function reachExtensions(extensions: readonly DescExtension[]): void {
    for (const { extendee, message, enum: values } of extensions) {
      reach(extendee);
      if (message) reach(message);
      if (values) reach(values);
    }
  }

  for (const type of registry) {
    if (type.kind !== 'service') continue;
    for (const method of type.methods) {
      if (!open.has(`${type.typeName}.${method.name}`)) continue;
      reachFile(type.file);
      reach(method.input);
      reach(method.output);
    }
  }
  return fromBinary(FileDescriptorSetSchema, image)
    .file.filter(({ name }) => files.has(name.replace(/\.proto$/, '')))
    .map((file) => withOnly(file, reached, open));
}

/** Takes out of a file what is not to be known, its comments too. */
function withOnly(
  file: FileDescriptorProto,
  types: ReadonlySet<string>,
  methods: ReadonlySet<string>,
): FileDescriptorProto {
  const full = (name: string) => (file.package ? `${file.package}.${name}` : name);
  const kept = new KeptIndexes();
  // What every protobuf library brings along is the same everywhere.
  const isGoogles = file.package === 'google.protobuf';
  const isReached = ({ name }: { readonly name: string }) => isGoogles || types.has(full(name));
  file.messageType = kept.filter([MESSAGES], file.messageType, isReached);
  file.enumType = kept.filter([ENUMS], file.enumType, isReached);
  for (const [index, service] of file.service.entries()) {
    service.method = kept.filter([SERVICES, index, METHODS], service.method, ({ name }) =>
      methods.has(`${full(service.name)}.${name}`),
    );
  }
  file.service = kept.filter([SERVICES], file.service, ({ method }) => method.length > 0);
  if (file.sourceCodeInfo) kept.renumber(file.sourceCodeInfo);
  return file;
}

/** Where in a file the entries of lists are, once others have been taken out. */
class KeptIndexes {
  readonly #byPath = new Map<string, number>();
  readonly #lists = new Set<string>();

  /** @param path Of the list, as google.protobuf.SourceCodeInfo has it, with the indexes of before. */
  filter<T>(path: readonly number[], list: readonly T[], isKept: (entry: T) => boolean): T[] {
    this.#lists.add(path.join());
    const kept: T[] = [];
    for (const [index, entry] of list.entries()) {
      if (!isKept(entry)) continue;
      this.#byPath.set([...path, index].join(), kept.length);
      kept.push(entry);
    }
    return kept;
  }

  renumber(info: SourceCodeInfo): void {
    info.location = info.location.filter((location) => {
      const renumbered: number[] = [];
      for (const [depth, number] of location.path.entries()) {
        const before = location.path.slice(0, depth);
        if (!this.#lists.has(before.join())) {
          renumbered.push(number);
          continue;
        }
        const index = this.#byPath.get([...before, number].join());
        if (index === undefined) return false;
        renumbered.push(index);
      }
      location.path = renumbered;
      return true;
    });
  }
}
