import type protobuf from 'protobufjs';
import type { XdsProtos } from './XdsProtos.ts';

/** What is used of protobufjs, in whichever version grpc-js-xds has it. */
export interface Protobufjs {
  readonly Root: {
    fromJSON(json: protobuf.INamespace): protobuf.Root;
  };
}

/** What grpc-js-xds calls of @grpc/proto-loader. */
export interface ProtoLoaderCalls {
  loadProtosWithOptionsSync(files: string | string[], options?: object): { lookup: Lookup };
  loadSync(files: string | string[], options?: object): object;
}
type Lookup = (name: string) => protobuf.ReflectionObject | null;

/**
 * Stands in for @grpc/proto-loader where grpc-js-xds loads the protos that it brings along: all of them are one root,
 * which is made when the first message is read or written.
 */
export class ProtoLoader implements ProtoLoaderCalls {
  readonly #protobufjs: Protobufjs;
  readonly #protos: XdsProtos;
  readonly #files: ReadonlySet<string>;
  readonly #otherwise: ProtoLoaderCalls;
  #made: protobuf.Root | undefined;

  /** @param otherwise Loads what is not among `protos`. */
  constructor(protobufjs: Protobufjs, protos: XdsProtos, otherwise: ProtoLoaderCalls) {
    this.#protobufjs = protobufjs;
    this.#protos = protos;
    this.#files = new Set(protos.files);
    this.#otherwise = otherwise;
  }

  loadProtosWithOptionsSync(files: string | string[], options?: object): { lookup: Lookup } {
    if (!this.#has(files)) return this.#otherwise.loadProtosWithOptionsSync(files, options);
    return { lookup: (name) => this.#root().lookup(name) };
  }

  /** The services of the files, as a package definition of @grpc/proto-loader; it has no messages. */
  loadSync(files: string | string[], options: protobuf.IConversionOptions = {}): object {
    if (!this.#has(files)) return this.#otherwise.loadSync(files, options);
    return Object.fromEntries(
      servicesOf(this.#protos.root).map(([name, { methods }]) => {
        const definitions = Object.entries(methods).map(([method, description]) => [
          method,
          this.#method(name, method, description, options),
        ]);
        return [name, Object.fromEntries(definitions)];
      }),
    );
  }

  #method(
    service: string,
    name: string,
    { requestType, responseType, requestStream = false, responseStream = false }: protobuf.IMethod,
    options: protobuf.IConversionOptions,
  ): object {
    const serialize = (type: string) => (message: { [key: string]: unknown }) => {
      const found = this.#root().lookupType(type);
      return found.encode(found.fromObject(message)).finish();
    };
    const deserialize = (type: string) => (bytes: Uint8Array) => {
      const found = this.#root().lookupType(type);
      // By `json` an Any is decoded if its type is known. In a root of these files alone it never is.
      return found.toObject(found.decode(bytes), { ...options, json: false });
    };
    return {
      path: `/${service}/${name}`,
      originalName: name.charAt(0).toLowerCase() + name.slice(1),
      requestStream,
      responseStream,
      requestSerialize: serialize(requestType),
      requestDeserialize: deserialize(requestType),
      responseSerialize: serialize(responseType),
      responseDeserialize: deserialize(responseType),
    };
  }

  #has(files: string | string[]): boolean {
    return [files].flat().every((file) => this.#files.has(file));
  }

  #root(): protobuf.Root {
    if (!this.#made) {
      this.#made = this.#protobufjs.Root.fromJSON(this.#protos.root);
      this.#made.resolveAll();
    }
    return this.#made;
  }
}

function servicesOf(
  namespace: protobuf.INamespace,
  path: readonly string[] = [],
): [name: string, service: protobuf.IService][] {
  return Object.entries(namespace.nested ?? {}).flatMap(([name, nested]) => {
    const here = [...path, name];
    if ('methods' in nested) return [[here.join('.'), nested as protobuf.IService]];
    return servicesOf(nested as protobuf.INamespace, here);
  });
}
