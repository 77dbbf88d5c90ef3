import type { Readable, Writable } from 'node:stream';
import { Client, Metadata, type ServiceError } from '@grpc/grpc-js';
import type { ConsulClient } from '@weft/mesh/consul';
import { CliError } from '../CliError.ts';
import { converse } from './converse.ts';
import { describeFailure } from './describeFailure.ts';
import { findService } from './findService.ts';
import { MeshAccess } from './MeshAccess.ts';
import type { MethodName } from './MethodName.ts';
import { reflect } from './reflect.ts';

export interface CallMethodOptions {
  readonly method: MethodName;
  /** The request, or "-" for those of `input`, one a line. */
  readonly json: string;
  /** Mesh service; undefined: whichever serves the method. */
  readonly service: string | undefined;
  /** Whose certificate to call with. */
  readonly identity: string;
  readonly timeoutMs: number | undefined;
  readonly metadata: readonly (readonly [string, string])[];
  readonly consul: ConsulClient;
  readonly input: Readable;
  readonly output: Writable;
  /** Ends the call. */
  readonly signal: AbortSignal;
}

/**
 * Calls a method through the mesh and prints what it answers.
 *
 * @throws CliError when the call fails.
 * @throws ConsulError
 * @throws the reason of `signal`.
 */
export async function callMethod(options: CallMethodOptions): Promise<void> {
  const { method, consul, signal } = options;
  const service = options.service ?? (await findService(consul, method.service));
  const access = await MeshAccess.open(consul, options.identity);
  const client = new Client(`xds:///${service}`, access.credentials);
  try {
    const registry = await reflect(client, method.service, signal);
    const descriptor = registry
      .getService(method.service)
      ?.methods.find(({ name }) => name === method.method);
    if (!descriptor) throw new CliError(`${method.service} has no method ${method.method}`);
    await converse(client, descriptor, registry, { ...options, metadata: toMetadata(options) });
  } catch (error) {
    signal.throwIfAborted();
    const isStatus = error instanceof Error && 'code' in error && 'metadata' in error;
    throw isStatus ? new CliError(describeFailure(error as ServiceError), { cause: error }) : error;
  } finally {
    client.close();
    await access.close();
  }
}

function toMetadata(options: CallMethodOptions): Metadata {
  const metadata = new Metadata();
  for (const [key, value] of options.metadata) metadata.add(key, value);
  return metadata;
}
