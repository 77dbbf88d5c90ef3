import { createHash } from 'node:crypto';
import { type DescEnum, type DescMessage, toBinary } from '@bufbuild/protobuf';
import {
  DescriptorProtoSchema,
  EnumDescriptorProtoSchema,
  MethodDescriptorProtoSchema,
} from '@bufbuild/protobuf/wkt';
import type { Contracts } from './Contracts.ts';

/**
 * Another text when a service's contract has become another one: what its methods are, the events that it publishes, the
 * messages that these speak of, and the options of all of them; not their comments.
 *
 * @param meshService Name in Consul.
 */
export function digestOf(contracts: Contracts, meshService: string): string {
  const hash = createHash('sha256');
  const seen = new Set<string>();

  function add(type: DescMessage | DescEnum): void {
    if (seen.has(type.typeName)) return;
    seen.add(type.typeName);
    hash.update(`\n${type.typeName} `);
    if (type.kind === 'enum') {
      hash.update(toBinary(EnumDescriptorProtoSchema, type.proto));
      return;
    }
    hash.update(toBinary(DescriptorProtoSchema, type.proto));
    for (const { message, enum: values } of type.fields) {
      if (message) add(message);
      if (values) add(values);
    }
  }

  for (const { service, name } of contracts.methodsOf(meshService)) {
    const method = contracts.registry.getService(service)?.methods.find((one) => one.name === name);
    if (!method) continue;
    hash.update(`\n${service}/`);
    hash.update(toBinary(MethodDescriptorProtoSchema, method.proto));
    add(method.input);
    add(method.output);
  }
  for (const { publisher, message } of contracts.events.values()) {
    if (publisher === meshService) add(message);
  }
  return hash.digest('hex');
}
