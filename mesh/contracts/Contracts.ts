import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createFileRegistry, type FileRegistry, fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import type { EventContract } from './EventContract.ts';
import type { MethodContract } from './MethodContract.ts';
import { readEvents } from './readEvents.ts';
import { readMethod } from './readMethod.ts';

/** All contracts of one buf image (`buf build -o image.binpb`). */
export class Contracts {
  /** The image itself: a serialized google.protobuf.FileDescriptorSet, imports included. */
  readonly image: Uint8Array;
  readonly registry: FileRegistry;
  readonly methods: readonly MethodContract[];
  readonly #byPath: ReadonlyMap<string, MethodContract>;
  #events: ReadonlyMap<string, EventContract> | undefined;

  constructor(image: Uint8Array) {
    this.image = image;
    this.registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, image));
    const methods: MethodContract[] = [];
    for (const type of this.registry) {
      if (type.kind !== 'service') continue;
      for (const method of type.methods) methods.push(readMethod(method, this.registry));
    }
    this.methods = methods;
    this.#byPath = new Map(methods.map((method) => [method.path, method]));
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

  /** The method with this HTTP/2 path, such as "/market.v1.AnalyticsService/ListAssets". */
  method(path: string): MethodContract | undefined {
    return this.#byPath.get(path);
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

  /** The methods that the Consul service of this name serves. */
  methodsOf(meshService: string): MethodContract[] {
    return this.methods.filter((method) => method.meshService === meshService);
  }
}
