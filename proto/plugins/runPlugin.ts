import { buffer } from 'node:stream/consumers';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { CodeGeneratorResponse_Feature } from '@bufbuild/protobuf/wkt';

/** A file that a plugin makes. */
export interface GeneratedFile {
  /** Path below the plugin's `out` of buf.gen.yaml. */
  readonly name: string;
  readonly content: string | Uint8Array;
}

/**
 * Makes this process a plugin of buf and protoc: reads a google.protobuf.compiler.CodeGeneratorRequest from standard
 * input and writes the response to standard output. What `generate` throws is the generation's error, after which buf
 * writes no file at all.
 *
 * https://protobuf.dev/reference/cpp/api-docs/google.protobuf.compiler.plugin.pb
 *
 * @param generate Gets the serialized request.
 */
export async function runPlugin(
  generate: (request: Uint8Array) => GeneratedFile[] | Promise<GeneratedFile[]>,
): Promise<void> {
  const request = await buffer(process.stdin);
  process.stdout.write(await respond(async () => generate(request)));
}

async function respond(generate: () => Promise<GeneratedFile[]>): Promise<Uint8Array> {
  const response = new BinaryWriter();
  try {
    const files = await generate();
    response.tag(2, WireType.Varint).uint64(CodeGeneratorResponse_Feature.PROTO3_OPTIONAL);
    for (const { name, content } of files) {
      response.tag(15, WireType.LengthDelimited).fork();
      response.tag(1, WireType.LengthDelimited).string(name);
      // A string of proto2, in which any bytes are allowed: protobuf-es would refuse a file that is not text.
      response.tag(15, WireType.LengthDelimited).bytes(Buffer.from(content));
      response.join();
    }
    return response.finish();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return new BinaryWriter().tag(1, WireType.LengthDelimited).string(message).finish();
  }
}
