/** Plugin of buf: ts-proto, with its options, whose packed columns are then rewritten (packColumns). */
import { execFileSync } from 'node:child_process';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fromBinary } from '@bufbuild/protobuf';
import { CodeGeneratorResponseSchema } from '@bufbuild/protobuf/wkt';
import { packColumns } from './packColumns.ts';
import { runPlugin } from './runPlugin.ts';

const tsProto = fileURLToPath(import.meta.resolve('ts-proto/build/src/plugin.js'));

await runPlugin((request) => {
  const answer = execFileSync(process.execPath, [tsProto], {
    input: request,
    stdio: ['pipe', 'pipe', 'inherit'],
    maxBuffer: Number.POSITIVE_INFINITY,
  });
  const { error, file } = fromBinary(CodeGeneratorResponseSchema, answer);
  if (error) throw new Error(`ts-proto: ${error}`);
  return file.map(({ name, content }) => {
    // The generated files lie in proto/gen, beside proto/packed.
    const packed = posix.relative(posix.dirname(`gen/${name}`), 'packed');
    return { name, content: packColumns(content, packed) };
  });
});
