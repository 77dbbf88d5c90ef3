/**
 * Writes proto/third_party: the .proto files that ours import and no network is needed for.
 * Most lie in npm packages. buf/validate/validate.proto lies in none, so
 * it is printed from the descriptor that @bufbuild/protovalidate carries.
 */
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { clone, create, toBinary } from '@bufbuild/protobuf';
import {
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from '@bufbuild/protobuf/wkt';
import { file_buf_validate_validate } from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import protobuf from 'protobufjs';
import proto2Target from 'protobufjs-cli/targets/proto2.js';
import 'protobufjs/ext/descriptor.js';

const target = join(dirname(fileURLToPath(import.meta.url)), '../third_party');

await rm(target, { recursive: true, force: true });
await copyFrom('google-proto-files', '', [
  'google/api/annotations.proto',
  'google/api/http.proto',
  'google/rpc/code.proto',
  'google/rpc/error_details.proto',
  'google/rpc/status.proto',
]);
await copyFrom('@grpc/reflection', 'build/proto', ['grpc/reflection/v1/reflection.proto']);
await copyFrom('grpc-health-check', 'proto', ['health/v1/health.proto'], 'grpc');
await mkdir(join(target, 'buf/validate'), { recursive: true });
await writeFile(
  join(target, 'buf/validate/validate.proto'),
  await printProto2(file_buf_validate_validate.proto),
);

/** Copies files of an npm package, keeping their paths below `folder` (and putting `prefix` before). */
async function copyFrom(name: string, folder: string, files: string[], prefix = ''): Promise<void> {
  const root = findPackageRoot(name);
  for (const file of files) {
    await cp(join(root, folder, file), join(target, prefix, file));
  }
}

function findPackageRoot(name: string): string {
  const manifest = findPackageJSON(name, import.meta.url);
  if (!manifest) throw new Error(`The npm package ${name} is not installed: run npm ci.`);
  return dirname(manifest);
}

/** Prints a proto2 file. protobufjs leaves out imports and extensions: both are added here. */
async function printProto2(file: FileDescriptorProto): Promise<string> {
  const withoutExtensions = clone(FileDescriptorProtoSchema, file);
  withoutExtensions.extension = [];
  const imported = file_buf_validate_validate.dependencies.map((dependency) => dependency.proto);
  const set = create(FileDescriptorSetSchema, { file: [...imported, withoutExtensions] });
  const root = protobuf.Root.fromDescriptor(toBinary(FileDescriptorSetSchema, set));
  root.resolveAll();
  root.remove(root.lookup('google') as protobuf.Namespace);
  const body = await new Promise<string>((resolve, reject) =>
    proto2Target(root, { syntax: 'proto2' }, (error, text) =>
      error ? reject(error) : resolve(text),
    ),
  );
  const header = `package ${file.package};`;
  const imports = file.dependency.map((path) => `import "${path}";`);
  const extensions = file.extension.map(
    (field) =>
      `extend ${field.extendee} {\n    optional ${field.typeName} ${field.name} = ${field.number};\n}`,
  );
  return `${body.replace(header, [header, '', ...imports].join('\n'))}\n${extensions.join('\n')}\n`;
}
