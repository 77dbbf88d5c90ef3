import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { DescField, DescFile, FileRegistry } from '@bufbuild/protobuf';
import { type ContractFile, ContractFiles } from './ContractFiles.ts';
import type { EventContract, StreamContract } from './EventContract.ts';
import type { MethodContract } from './MethodContract.ts';
import type { ResourceContract } from './ResourceContract.ts';
import type { RoomContract } from './RoomContract.ts';
import { type FieldBehavior, readBehaviors } from './readBehaviors.ts';
import { readEvents } from './readEvents.ts';
import { readMethod } from './readMethod.ts';
import { readReferences, readResources } from './readResources.ts';
import { readRooms } from './readRooms.ts';

/**
 * All contracts of one buf image (`buf build -o image.binpb`). Asked for something by name, it reads the files that have it;
 * `registry`, `methods`, `events`, `resources` and `references` read all.
 */
export class Contracts {
  /** The image itself: a serialized google.protobuf.FileDescriptorSet, imports included. */
  readonly image: Uint8Array;
  readonly #files: ContractFiles;
  readonly #methods = new Map<ContractFile, readonly MethodContract[]>();
  /** Those of the files that have been read: a call may ask for its own. */
  readonly #byPath = new Map<string, MethodContract>();
  #registry: FileRegistry | undefined;
  #events: ReadonlyMap<string, EventContract> | undefined;
  #resources: ReadonlyMap<string, ResourceContract> | undefined;
  #references: ReadonlyMap<DescField, ResourceContract> | undefined;
  #rooms: ReadonlyMap<string, RoomContract> | undefined;

  /** @throws for bytes that are no image. */
  constructor(image: Uint8Array) {
    this.image = image;
    this.#files = new ContractFiles(image);
  }

  /**
   * Reads an image from a file.
   *
   * @param file Default: WEFT_CONTRACTS, else the image that `make generate` wrote.
   * @throws when the file is missing or is no image.
   */
  static load(file = process.env.WEFT_CONTRACTS): Contracts {
    return new Contracts(
      readFileSync(file ?? fileURLToPath(import.meta.resolve('@weft/proto/image.binpb'))),
    );
  }

  get registry(): FileRegistry {
    this.#registry ??= this.#files.registryOf([...this.#files].map(({ name }) => name));
    return this.#registry;
  }

  /** Descriptors of a file and of all that it imports. */
  registryOf({ proto }: DescFile): FileRegistry {
    return this.#files.registryOf([proto.name]);
  }

  /** @throws Error that names a method whose options are wrong. */
  get methods(): readonly MethodContract[] {
    return [...this.#files].flatMap((file) => this.#methodsIn(file));
  }

  /** The methods that the Consul service of this name serves. */
  methodsOf(meshService: string): MethodContract[] {
    return [...this.#files]
      .filter(({ meshServices }) => meshServices.includes(meshService))
      .flatMap((file) => this.#methodsIn(file))
      .filter((method) => method.meshService === meshService);
  }

  /** The methods of the gRPC service with this full name. */
  methodsOfService(fullName: string): MethodContract[] {
    const file = this.#files.withService(fullName);
    return file ? this.#methodsIn(file).filter(({ service }) => service === fullName) : [];
  }

  /** The method with this HTTP/2 path, such as "/market.v1.AnalyticsService/ListAssets". */
  method(path: string): MethodContract | undefined {
    const known = this.#byPath.get(path);
    if (known) return known;
    const file = this.#files.withService(path.slice(1, path.lastIndexOf('/')));
    return file && this.#methodsIn(file).find((method) => method.path === path);
  }

  /** Whether the service of this name in Consul publishes events. */
  publishes(service: string): boolean {
    return [...this.#files].some(({ subjects }) =>
      subjects.some((subject) => subject.startsWith(`${service}.`)),
    );
  }

  /** Whether it writes the stream of its events itself, without an outbox. */
  writesStream(service: string): boolean {
    return this.streamOf(service) !== undefined;
  }

  /** That stream; undefined: it has an outbox, or no events. */
  streamOf(service: string): StreamContract | undefined {
    return [...this.events.values()].find(({ publisher }) => publisher === service)?.stream;
  }

  /**
   * All events, by the full names of their messages.
   *
   * @throws Error that names an event whose options are wrong.
   */
  get events(): ReadonlyMap<string, EventContract> {
    this.#events ??= readEvents(this.registry);
    return this.#events;
  }

  /**
   * All resources, by the full names of their messages.
   *
   * @throws Error that names a resource whose options are wrong.
   */
  get resources(): ReadonlyMap<string, ResourceContract> {
    this.#resources ??= readResources(this.registry, this.methods);
    return this.#resources;
  }

  /**
   * The fields of all messages that hold ids of resources, and what these are.
   *
   * @throws Error that names a field whose option is wrong.
   */
  get references(): ReadonlyMap<DescField, ResourceContract> {
    this.#references ??= readReferences(this.registry, this.resources.values());
    return this.#references;
  }

  /**
   * The rooms that clients of the socket gateway join, by their words: what stands before the colon.
   *
   * @throws Error that names a contract whose option is wrong.
   */
  get rooms(): ReadonlyMap<string, RoomContract> {
    this.#rooms ??= readRooms(this.registry, this.methods, this.events);
    return this.#rooms;
  }

  /** What the contract says of who sets a field, and when. */
  behaviorsOf(field: DescField): ReadonlySet<FieldBehavior> {
    return readBehaviors(field, this.registry);
  }

  #methodsIn(file: ContractFile): readonly MethodContract[] {
    let methods = this.#methods.get(file);
    if (!methods) {
      methods = file.services.length === 0 ? [] : this.#readMethods(file);
      this.#methods.set(file, methods);
      for (const method of methods) this.#byPath.set(method.path, method);
    }
    return methods;
  }

  #readMethods({ name }: ContractFile): MethodContract[] {
    const registry = this.#files.registryOf([name]);
    return this.#files
      .descriptor(name)
      .services.flatMap(({ methods }) => methods.map((method) => readMethod(method, registry)));
  }
}
