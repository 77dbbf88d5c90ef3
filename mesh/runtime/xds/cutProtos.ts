import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type protobuf from 'protobufjs';
import type { XdsProtos } from './XdsProtos.ts';

const require = createRequire(import.meta.url);

/**
 * Fields that grpc-js-xds does not name and yet looks at, when it asks whether a resource has changed: the control plane
 * puts a hash of the content there.
 */
const COMPARED = ['stat_prefix'];

/** Options of a field that change how it is read or written. */
const OPTIONS = new Set(['packed', 'proto3_optional']);

/**
 * Reads the protos that grpc-js-xds brings along, and cuts them down to what it reads and writes: of the messages that
 * its sources name, the fields whose names stand in its sources, and the messages of those fields. A member of a oneof
 * that is looked at stays as well, as bytes where nobody reads them, so that the oneof still says which one is set.
 *
 * @throws when the sources name no proto, as if the library were built in another way.
 */
export async function cutProtos(): Promise<XdsProtos> {
  const library = require.resolve('@grpc/grpc-js-xds/package.json');
  const sources = await readSources(join(dirname(library), 'build/src'));
  const files = [...new Set(sources.matchAll(/'([\w/]+\.proto)'/g).map(([, file]) => file ?? ''))];
  if (files.length === 0) throw new Error('the sources of grpc-js-xds name no .proto files');
  const root = readProtos(library, files);
  const cut = new Cut(new Set([...COMPARED, ...sources.matchAll(/\b[a-z]\w*\b/g).map(String)]));
  for (const [, name = ''] of sources.matchAll(/['/]((?:[a-z]\w*\.)+[A-Z]\w*)'/g)) {
    const found = root.lookup(name);
    if (found && 'fields' in found) cut.add(found as protobuf.Type);
  }
  const services = [
    'AggregatedDiscoveryService',
    'LoadReportingService',
    'ClientStatusDiscoveryService',
  ];
  for (const name of services) cut.addService(root.lookupService(name));
  const { version } = require(library) as { version: string };
  return { version, files: files.sort(), root: { nested: cut.nested } };
}

/** All that the library runs, in one text; its generated files hold types only. */
async function readSources(folder: string): Promise<string> {
  const texts: string[] = [];
  for await (const file of glob('**/*.js', { cwd: folder, exclude: ['generated/**'] })) {
    texts.push(readFileSync(join(folder, file), 'utf8'));
  }
  return texts.join('\n');
}

/** By the very protobufjs that is to read what is made of it. */
function readProtos(library: string, files: readonly string[]): protobuf.Root {
  const loader = createRequire(library).resolve('@grpc/proto-loader/build/src/util.js');
  const util = require(loader) as {
    addCommonProtos(): void;
    loadProtosWithOptionsSync(files: readonly string[], options: object): protobuf.Root;
  };
  util.addCommonProtos();
  const includeDirs = ['envoy-api', 'xds', 'googleapis', 'protoc-gen-validate'].map((folder) =>
    join(dirname(library), 'deps', folder),
  );
  return util.loadProtosWithOptionsSync(files, { keepCase: true, includeDirs });
}

/** What is left, as protobufjs' JSON. */
class Cut {
  readonly nested: Record<string, protobuf.AnyNestedObject> = {};
  readonly #words: ReadonlySet<string>;
  readonly #added = new Set<string>();

  constructor(words: ReadonlySet<string>) {
    this.#words = words;
  }

  addService(service: protobuf.Service): void {
    const methods: Record<string, protobuf.IMethod> = {};
    for (const method of service.methodsArray) {
      const { requestStream, responseStream, resolvedRequestType, resolvedResponseType } = method;
      if (!resolvedRequestType || !resolvedResponseType)
        throw new Error(`${method} is not resolved`);
      methods[method.name] = {
        requestType: this.add(resolvedRequestType),
        responseType: this.add(resolvedResponseType),
        ...(requestStream ? { requestStream } : {}),
        ...(responseStream ? { responseStream } : {}),
      };
    }
    this.#put(service, { methods });
  }

  /** @returns its full name. */
  add(type: protobuf.Type): string {
    if (this.#added.has(type.fullName)) return type.fullName;
    this.#added.add(type.fullName);
    const fields: Record<string, protobuf.IField> = {};
    const oneofs: Record<string, protobuf.IOneOf> = {};
    for (const field of type.fieldsArray) {
      const isRead = this.#words.has(field.name) || type.fullName.startsWith('.google.protobuf.');
      if (!isRead && !(field.partOf && this.#words.has(field.partOf.name))) continue;
      fields[field.name] = this.#field(field, isRead);
      if (!field.partOf) continue;
      oneofs[field.partOf.name] ??= { oneof: [] };
      oneofs[field.partOf.name]?.oneof.push(field.name);
    }
    const hasOneofs = Object.keys(oneofs).length > 0;
    this.#put(type, { fields, ...(hasOneofs ? { oneofs } : {}) });
    return type.fullName;
  }

  #field(field: protobuf.Field, isRead: boolean): protobuf.IField | protobuf.IMapField {
    const {
      id,
      rule,
      keyType,
      options = {},
    } = field.toJSON() as protobuf.IMapField & protobuf.IField;
    const kept = Object.entries(options).filter(([name]) => OPTIONS.has(name));
    return {
      type: this.#typeOf(field, isRead),
      id,
      ...(rule ? { rule } : {}),
      ...(keyType ? { keyType } : {}),
      ...(kept.length > 0 ? { options: Object.fromEntries(kept) } : {}),
    };
  }

  #typeOf({ resolvedType, type }: protobuf.Field, isRead: boolean): string {
    if (!resolvedType) return type;
    if ('fields' in resolvedType) return isRead ? this.add(resolvedType) : 'bytes';
    if (!this.#added.has(resolvedType.fullName)) {
      this.#added.add(resolvedType.fullName);
      this.#put(resolvedType, { values: resolvedType.values });
    }
    return resolvedType.fullName;
  }

  #put({ fullName }: protobuf.ReflectionObject, json: object): void {
    let holder: Holder = this;
    const path = fullName.slice(1).split('.');
    for (const name of path.slice(0, -1)) {
      const next: Partial<Holder> = holder.nested[name] ?? {};
      next.nested ??= {};
      holder.nested[name] = next;
      holder = next as Holder;
    }
    const name = path.at(-1) ?? '';
    holder.nested[name] = { ...holder.nested[name], ...json };
  }
}

interface Holder {
  nested: Record<string, object>;
}
