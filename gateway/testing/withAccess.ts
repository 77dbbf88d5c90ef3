import {
  create,
  fromBinary,
  getExtension,
  hasExtension,
  setExtension,
  toBinary,
} from '@bufbuild/protobuf';
import { FileDescriptorSetSchema, MethodOptionsSchema } from '@bufbuild/protobuf/wkt';
import { Contracts } from '@weft/mesh/contracts';

/** Fields of weft.policy.v1.MethodPolicy, as protobuf-es names them. */
export interface PolicyChange {
  /** The number in weft.policy.v1.Access. */
  readonly access?: number;
  readonly roles?: readonly string[];
  readonly scopes?: readonly string[];
  readonly allowServices?: boolean;
  readonly timeout?: { readonly seconds: bigint };
  readonly rateLimit?: { readonly requests: number; readonly per: { readonly seconds: bigint } };
  readonly maxStreamDuration?: { readonly seconds: bigint };
  readonly maxRequestBytes?: number;
}

/** The contracts with other policies on some of their methods, by path. */
export function withAccess(
  contracts: Contracts,
  changes: Readonly<Record<string, PolicyChange>>,
): Contracts {
  const policy = contracts.registry.getExtension('weft.policy.v1.method');
  const type = contracts.registry.getMessage('weft.policy.v1.MethodPolicy');
  if (!policy || !type) throw new Error('The image lacks weft.policy.v1.');
  const image = fromBinary(FileDescriptorSetSchema, contracts.image);
  for (const file of image.file) {
    for (const service of file.service) {
      for (const method of service.method) {
        const change = changes[`/${file.package}.${service.name}/${method.name}`];
        if (!change) continue;
        method.options ??= create(MethodOptionsSchema);
        const old = hasExtension(method.options, policy)
          ? getExtension(method.options, policy)
          : {};
        const { $typeName: _, ...fields } = old as { $typeName?: string };
        setExtension(method.options, policy, create(type, { ...fields, ...change } as never));
      }
    }
  }
  return new Contracts(toBinary(FileDescriptorSetSchema, image));
}
