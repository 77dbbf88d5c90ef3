import type { Server, UntypedHandleCall, UntypedServiceImplementation } from '@grpc/grpc-js';
import { MethodCodec } from '../rpc/MethodCodec.ts';
import type { Implementation } from './implement.ts';
import { limitConcurrency } from './limitConcurrency.ts';
import type { ServerEnvironment } from './ServerEnvironment.ts';
import { type RequestCheck, type ServedContract, ServerMethod } from './ServerMethod.ts';
import { serveBidi, serveClientStream, serveServerStream } from './serveStream.ts';
import { serveUnary } from './serveUnary.ts';

const asBytes = (bytes: Buffer): Buffer => bytes;

/**
 * Makes a grpc-js server serve an implementation.
 *
 * @param checkOf Gives the check for the requests of a method, by its path.
 * @param contractOf Gives what is gone by in the contract of a method, by its path. Default: nothing is known.
 */
export function addImplementation(
  server: Server,
  environment: ServerEnvironment,
  { service, handlers }: Implementation,
  checkOf: (path: string) => RequestCheck,
  contractOf: (path: string) => Partial<ServedContract> | undefined = () => undefined,
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
    const contract = contractOf(path) ?? {};
    const method = new ServerMethod(codec, checkOf(path), contract);
    const serve = kinds[`${requestStream}-${responseStream}`];
    const { concurrencyLimit: limit } = contract;
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
