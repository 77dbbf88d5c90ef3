import type { DescFile, FileRegistry } from '@bufbuild/protobuf';
import { status as Status } from '@grpc/grpc-js';
import {
  ServerReflectionDefinition,
  type ServerReflectionRequest,
  type ServerReflectionResponse,
} from '@weft/proto/grpc/reflection/v1/reflection';
import type { GrpcService, MessageType } from '../rpc/GrpcService.ts';
import { type Implementation, implement } from '../server/implement.ts';
import { DescriptorIndex } from './DescriptorIndex.ts';

/** Of either version. */
export interface ReflectionDefinition extends GrpcService {
  readonly methods: {
    readonly serverReflectionInfo: {
      readonly name: string;
      readonly requestType: MessageType<ServerReflectionRequest>;
      readonly requestStream: true;
      readonly responseType: MessageType<ServerReflectionResponse>;
      readonly responseStream: true;
    };
  };
}

type Answer = NonNullable<ServerReflectionResponse['messageResponse']>;

/**
 * gRPC's reflection, for what the registry has, which is asked for by the first caller.
 *
 * @param services Full names of the gRPC services that are served.
 * @param definition Of version 1, or of v1alpha, which differs from it in its package alone. Default: version 1.
 * @see https://github.com/grpc/grpc/blob/master/doc/server-reflection.md
 */
export function reflectionService(
  services: readonly string[],
  registry: () => FileRegistry,
  definition: ReflectionDefinition = ServerReflectionDefinition,
): Implementation {
  let made: DescriptorIndex | undefined;
  return implement(definition, {
    async *serverReflectionInfo(requests) {
      made ??= new DescriptorIndex(registry());
      const index = made;
      const sent = new Set<string>();
      for await (const request of requests) {
        const messageResponse = answer(index, services, request.messageRequest, sent);
        yield { validHost: request.host, originalRequest: request, messageResponse };
      }
    },
  });
}

function answer(
  index: DescriptorIndex,
  services: readonly string[],
  question: ServerReflectionRequest['messageRequest'],
  sent: Set<string>,
): Answer {
  switch (question?.$case) {
    case 'listServices':
      return {
        $case: 'listServicesResponse',
        value: { service: services.map((name) => ({ name })) },
      };
    case 'fileByFilename':
      return files(index, index.file(question.value), question.value, sent);
    case 'fileContainingSymbol':
      return files(index, index.fileOf(question.value), question.value, sent);
    case 'fileContainingExtension': {
      const { containingType, extensionNumber } = question.value;
      const file = index.fileOfExtension(containingType, extensionNumber);
      return files(index, file, `${containingType} ${extensionNumber}`, sent);
    }
    case 'allExtensionNumbersOfType': {
      const baseTypeName = question.value;
      const extensionNumber = index.extensionNumbers(baseTypeName);
      if (!extensionNumber) return notFound(baseTypeName);
      return { $case: 'allExtensionNumbersResponse', value: { baseTypeName, extensionNumber } };
    }
    default:
      return {
        $case: 'errorResponse',
        value: { errorCode: Status.INVALID_ARGUMENT, errorMessage: 'nothing is asked' },
      };
  }
}

/** A file and the files that it imports, less those that this stream has had. */
function files(
  index: DescriptorIndex,
  file: DescFile | undefined,
  asked: string,
  sent: Set<string>,
): Answer {
  if (!file) return notFound(asked);
  const fileDescriptorProto: Buffer[] = [];
  const add = (next: DescFile, again: boolean) => {
    if (sent.has(next.name) && !again) return;
    sent.add(next.name);
    fileDescriptorProto.push(Buffer.from(index.encode(next)));
    for (const dependency of next.dependencies) add(dependency, false);
  };
  add(file, true);
  return { $case: 'fileDescriptorResponse', value: { fileDescriptorProto } };
}

function notFound(asked: string): Answer {
  return {
    $case: 'errorResponse',
    value: { errorCode: Status.NOT_FOUND, errorMessage: `not found: ${asked}` },
  };
}
