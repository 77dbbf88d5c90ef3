/**
 * Plugin of buf: writes image.binpb, a google.protobuf.FileDescriptorSet of all contracts with what they import. The
 * runtime, the control plane and the edge read it. Comments are left out: every process loads it, and they were two
 * thirds of it.
 */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { CodeGeneratorRequestSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { runPlugin } from './runPlugin.ts';

await runPlugin((request) => {
  const { protoFile } = fromBinary(CodeGeneratorRequestSchema, request);
  for (const file of protoFile) delete file.sourceCodeInfo;
  const image = create(FileDescriptorSetSchema, { file: protoFile });
  return [{ name: 'image.binpb', content: toBinary(FileDescriptorSetSchema, image) }];
});
