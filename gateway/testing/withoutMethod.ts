import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { Contracts } from '@weft/mesh/contracts';

/** The contracts as they would be without a method, such as "/market.v1.AnalyticsService/GetAssetSummary". */
export function withoutMethod(contracts: Contracts, path: string): Contracts {
  const image = fromBinary(FileDescriptorSetSchema, contracts.image);
  for (const file of image.file) {
    for (const service of file.service) {
      const full = (method: string) => `/${file.package}.${service.name}/${method}`;
      service.method = service.method.filter(({ name }) => full(name) !== path);
    }
  }
  return new Contracts(toBinary(FileDescriptorSetSchema, image));
}
