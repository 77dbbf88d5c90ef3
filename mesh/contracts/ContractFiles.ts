import {
  createFileRegistry,
  type DescFile,
  type FileRegistry,
  fromBinary,
} from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { bytesAt } from './bytesAt.ts';

/** Field numbers of google/protobuf/descriptor.proto and of Weft's options, by the way to them. */
const IN_IMAGE = { file: [1] } as const;
const IN_FILE = {
  name: [1],
  package: [2],
  dependency: [3],
  message: [4, 1],
  /** weft.events.v1.event: `subject`. */
  subject: [4, 7, 50801, 1],
  service: [6, 1],
  /** weft.policy.v1.service: `mesh_service`. */
  meshService: [6, 3, 50800, 1],
} as const;

/** What a .proto file declares, by name. */
export interface ContractFile {
  readonly name: string;
  readonly dependencies: readonly string[];
  /** Full names of its gRPC services. */
  readonly services: readonly string[];
  /** Names in Consul of those that serve them. */
  readonly meshServices: readonly string[];
  /** Full names of its messages, those within others left out. */
  readonly messages: readonly string[];
  /** Of its events. */
  readonly subjects: readonly string[];
  /** A serialized google.protobuf.FileDescriptorProto. */
  readonly bytes: Uint8Array;
}

/**
 * The files of an image. All are known by what they declare; descriptors are only made of those that are asked for, and of what
 * they import: a service takes the memory and time of its own contracts, and not of the whole platform's.
 */
export class ContractFiles implements Iterable<ContractFile> {
  readonly #files: ReadonlyMap<string, ContractFile>;
  readonly #byService: ReadonlyMap<string, ContractFile>;
  readonly #registries = new Map<string, FileRegistry>();

  /**
   * @param image A serialized google.protobuf.FileDescriptorSet, imports included.
   * @throws when it is none.
   */
  constructor(image: Uint8Array) {
    const files = [...bytesAt(image, IN_IMAGE.file)].map(readFile);
    if (files.length === 0) throw new Error('these are no contracts: an image has files in it');
    this.#files = new Map(files.map((file) => [file.name, file]));
    this.#byService = new Map(
      files.flatMap((file) => file.services.map((service) => [service, file] as const)),
    );
  }

  [Symbol.iterator](): Iterator<ContractFile> {
    return this.#files.values();
  }

  /** The file that declares the gRPC service with this full name. */
  withService(fullName: string): ContractFile | undefined {
    return this.#byService.get(fullName);
  }

  /** @throws when the image lacks it or what it imports. */
  descriptor(name: string): DescFile {
    const made = this.#registry(name).getFile(name);
    if (!made) throw new Error(`${name} is not in the contracts image`);
    return made;
  }

  /** Descriptors of these files and of all that they import. */
  registryOf(names: Iterable<string>): FileRegistry {
    return createFileRegistry(...[...names].map((name) => this.#registry(name)));
  }

  /** Of one file: its own types, and what it imports as files only. */
  #registry(name: string): FileRegistry {
    const known = this.#registries.get(name);
    if (known) return known;
    const file = this.#files.get(name);
    if (!file) throw new Error(`${name} is not in the contracts image`);
    const made = createFileRegistry(fromBinary(FileDescriptorProtoSchema, file.bytes), (imported) =>
      this.descriptor(imported),
    );
    this.#registries.set(name, made);
    return made;
  }
}

function readFile(bytes: Uint8Array): ContractFile {
  const texts = (path: readonly [number, ...number[]]) =>
    [...bytesAt(bytes, path)].map((text) => new TextDecoder().decode(text));
  const [name = ''] = texts(IN_FILE.name);
  const [within] = texts(IN_FILE.package);
  const qualified = (names: readonly string[]) =>
    within ? names.map((each) => `${within}.${each}`) : names;
  return {
    name,
    bytes,
    dependencies: texts(IN_FILE.dependency),
    services: qualified(texts(IN_FILE.service)),
    meshServices: texts(IN_FILE.meshService),
    messages: qualified(texts(IN_FILE.message)),
    subjects: texts(IN_FILE.subject),
  };
}
