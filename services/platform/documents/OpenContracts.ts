import { create, createFileRegistry, type FileRegistry, toBinary } from '@bufbuild/protobuf';
import { type FileDescriptorSet, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { type Contracts, openDescriptors } from '@weft/mesh/contracts';
import { type Implementation, reflectionService } from '@weft/mesh/runtime';
import { ServerReflectionDefinition as V1 } from '@weft/proto/grpc/reflection/v1/reflection';
import { ServerReflectionDefinition as V1Alpha } from '@weft/proto/grpc/reflection/v1alpha/reflection';
import { Asset } from '../../kit/http/Asset.ts';

/** The open methods for gRPC's own tools: as a protoset, and by reflection. */
export class OpenContracts {
  readonly #set: FileDescriptorSet;
  readonly #registry: FileRegistry;

  constructor(contracts: Contracts) {
    this.#set = create(FileDescriptorSetSchema, { file: openDescriptors(contracts) });
    this.#registry = createFileRegistry(this.#set);
  }

  /** A serialized google.protobuf.FileDescriptorSet, imports included. */
  get protoset(): Asset {
    return new Asset(
      Buffer.from(toBinary(FileDescriptorSetSchema, this.#set)),
      'application/octet-stream',
      { 'content-disposition': 'attachment; filename="weft.protoset"' },
    );
  }

  /** Of both versions: tools of before 2023 know v1alpha alone. */
  get reflection(): readonly Implementation[] {
    const services = [...this.#registry].filter(({ kind }) => kind === 'service');
    const names = [...services.map(({ typeName }) => typeName), V1.fullName, V1Alpha.fullName];
    return [V1, V1Alpha].map((version) => reflectionService(names, () => this.#registry, version));
  }
}
