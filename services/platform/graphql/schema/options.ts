import type { DescField, DescMessage, DescMethod, Registry } from '@bufbuild/protobuf';
import { readOption } from '@weft/mesh/contracts';

/** weft.graphql.v1 as dynamic messages: the image brings their descriptors along. */
interface MethodOption {
  readonly name: string;
  readonly hidden: boolean;
}
interface MessageOption {
  readonly name: string;
}
interface FieldOption {
  readonly link: string;
}

export function methodOption(method: DescMethod, registry: Registry): MethodOption {
  const none = { name: '', hidden: false };
  return readOption<MethodOption>(method, registry, 'weft.graphql.v1.method') ?? none;
}

/** Undefined: it goes by its own name. */
export function typeNameOption(message: DescMessage, registry: Registry): string | undefined {
  return readOption<MessageOption>(message, registry, 'weft.graphql.v1.message')?.name || undefined;
}

/** Undefined: by the rule. */
export function linkNameOption(field: DescField, registry: Registry): string | undefined {
  return readOption<FieldOption>(field, registry, 'weft.graphql.v1.field')?.link || undefined;
}
