import type { DescMessage } from '@bufbuild/protobuf';
import type { Server, UntypedHandleCall, UntypedServiceImplementation } from '@grpc/grpc-js';
import { MethodCodec } from '../rpc/MethodCodec.ts';
import type { Implementation } from './implement.ts';
import { limitConcurrency } from './limitConcurrency.ts';
import type { ServerEnvironment } from './ServerEnvironment.ts';
import { type RequestCheck, ServerMethod } from './ServerMethod.ts';
import { serveBidi, serveClientStream, serveServerStream } from './serveStream.ts';
import { serveUnary } from './serveUnary.ts';

const asBytes = (bytes: Buffer): Buffer => bytes;

/**
 * Makes a grpc-js server serve an implementation.
 *
 * @param checkOf Gives the check for the requests of a method, by its path.
 * @param limitOf Gives the number of calls of a method that are served at the same time; undefined: any.
 * @param inputOf Gives the type of a method's requests; undefined: their fields cannot be named to callers.
 */
export function addImplementation(
  server: Server,
  environment: ServerEnvironment,
  { service, handlers }: Implementation,
  checkOf: (path: string) => RequestCheck,
  limitOf: (path: string) => number | undefined = () => undefined,
  inputOf: (path: string) => DescMessage | undefined = () => undefined,
): void {
  const definition: Record<string, object> = {};
  const implementation: UntypedServiceImplementation = {};
  for (const [name, declared] of Object.entries(service.methods)) {
    const codec = new MethodCodec(service, declared);
    const { path, requestStream, responseStream } = codec;
    // Bytes in and out: what goes wrong in a codec is then seen, counted and logged like any failure.
    definition[name] = {
      path,
      requestStream,
      responseStream,
      requestSerialize: asBytes,
      requestDeserialize: asBytes,
      responseSerialize: asBytes,
      responseDeserialize: asBytes,
    };
    const method = new ServerMethod(codec, checkOf(path), inputOf(path));
    const serve = kinds[`${requestStream}-${responseStream}`];
    const limit = limitOf(path);
    const onRefused = () => environment.metrics.serverRefused(codec.label, 'concurrency');
    const handler = limit
      ? limitConcurrency(handlers[name] as never, { limit, responseStream, onRefused })
      : handlers[name];
    implementation[name] = serve(environment, method, handler as never) as UntypedHandleCall;
  }
  server.addService(definition as never, implementation);
}

const kinds = {
  'false-false': serveUnary,
  'false-true': serveServerStream,
  'true-false': serveClientStream,
  'true-true': serveBidi,
} as const;
