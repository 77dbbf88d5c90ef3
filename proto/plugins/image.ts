/**
 * Plugin of buf: writes image.binpb, a google.protobuf.FileDescriptorSet of all contracts with what they import. The
 * runtime, the control plane and the edge read it. Comments are left out: every process loads it, and they were two
 * thirds of it. documented.binpb has them, for what is made to be read by people.
 */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { CodeGeneratorRequestSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { runPlugin } from './runPlugin.ts';

await runPlugin((request) => {
  const { protoFile } = fromBinary(CodeGeneratorRequestSchema, request);
  const image = () =>
    toBinary(FileDescriptorSetSchema, create(FileDescriptorSetSchema, { file: protoFile }));
  const documented = image();
  for (const file of protoFile) delete file.sourceCodeInfo;
  return [
    { name: 'documented.binpb', content: documented },
    { name: 'image.binpb', content: image() },
  ];
});
