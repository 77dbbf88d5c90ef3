import { type FileRegistry, fromBinary } from '@bufbuild/protobuf';
import { type FileDescriptorProto, FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import type { Client } from '@grpc/grpc-js';
import { status } from '@grpc/grpc-js';
import {
  ServerReflectionRequest,
  ServerReflectionResponse,
} from '@weft/proto/grpc/reflection/v1/reflection';
import { CliError } from '../CliError.ts';
import { fileRegistry, missingTypes } from './fileRegistry.ts';

type Question = NonNullable<ServerReflectionRequest['messageRequest']>;

/** The first call of a process also waits for the control plane and for the connection. */
const REFLECTION_MS = 15_000;

/** The same protocol under its name of today, and of before 2023. */
const VERSIONS = ['grpc.reflection.v1', 'grpc.reflection.v1alpha'];

/**
 * The files that declare a symbol, and all that they need, as the server tells them.
 *
 * @see https://github.com/grpc/grpc/blob/master/doc/server-reflection.md
 *
 * @throws CliError when the server does not know the symbol, or answers no reflection.
 * @throws ServiceError when the server cannot be called.
 */
export async function reflect(
  client: Client,
  symbol: string,
  signal: AbortSignal,
): Promise<FileRegistry> {
  for (const version of VERSIONS) {
    try {
      return await ask(client, `/${version}.ServerReflection/ServerReflectionInfo`, symbol, signal);
    } catch (error) {
      if ((error as { code?: status }).code !== status.UNIMPLEMENTED) throw error;
    }
  }
  throw new CliError('the server has no reflection, so its methods are not known');
}

async function ask(
  client: Client,
  path: string,
  symbol: string,
  signal: AbortSignal,
): Promise<FileRegistry> {
  signal.throwIfAborted();
  const call = client.makeBidiStreamRequest(
    path,
    (request: ServerReflectionRequest) =>
      Buffer.from(ServerReflectionRequest.encode(request).finish()),
    (bytes) => ServerReflectionResponse.decode(bytes),
    { deadline: Date.now() + REFLECTION_MS },
  );
  const cancel = () => call.cancel();
  signal.addEventListener('abort', cancel);
  const answers = call[Symbol.asyncIterator]() as AsyncIterator<ServerReflectionResponse>;
  const files = new Map<string, FileDescriptorProto>();
  const asked = new Set<string>();
  const fetch = async (messageRequest: Question) => {
    call.write({ host: '', messageRequest });
    for (const file of readFiles(await answers.next())) files.set(file.name, file);
  };
  /** Whether there was anything that had not been asked for. */
  const fetchAll = async ($case: 'fileByFilename' | 'fileContainingSymbol', names: string[]) => {
    const unasked = names.filter((name) => !asked.has(name));
    for (const value of unasked) {
      asked.add(value);
      // It may be needed by nothing but options, which the server has left out.
      await fetch({ $case, value }).catch(ignoreUnknown);
    }
    return unasked.length > 0;
  };
  try {
    await fetch({ $case: 'fileContainingSymbol', value: symbol });
    while (
      (await fetchAll('fileByFilename', missingImports(files))) ||
      (await fetchAll('fileContainingSymbol', missingTypes(files.values())))
    );
  } finally {
    signal.removeEventListener('abort', cancel);
    // Leaves it to nobody to be told that the call was cancelled.
    call.on('error', () => {}).cancel();
  }
  try {
    return fileRegistry(files.values());
  } catch (cause) {
    const { message } = cause as Error;
    throw new CliError(`what the server tells of its methods is unusable: ${message}`, { cause });
  }
}

function readFiles(answer: IteratorResult<ServerReflectionResponse>): FileDescriptorProto[] {
  const response = answer.done ? undefined : answer.value.messageResponse;
  if (response?.$case === 'errorResponse') throw new UnknownName(response.value.errorMessage);
  if (response?.$case !== 'fileDescriptorResponse') {
    throw new CliError('the server broke reflection off');
  }
  return response.value.fileDescriptorProto.map((file) =>
    fromBinary(FileDescriptorProtoSchema, file),
  );
}

function missingImports(files: ReadonlyMap<string, FileDescriptorProto>): string[] {
  const imports = [...files.values()].flatMap(({ dependency }) => dependency);
  return [...new Set(imports)].filter((name) => !files.has(name));
}

/** The server has no such file or symbol. */
class UnknownName extends CliError {}

function ignoreUnknown(error: unknown): void {
  if (!(error instanceof UnknownName)) throw error;
}
