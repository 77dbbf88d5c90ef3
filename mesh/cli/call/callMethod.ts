import type { Readable, Writable } from 'node:stream';
import {
  type ChannelInterface,
  Client,
  credentials,
  Metadata,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
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
 */
export async function callMethod(options: CallMethodOptions): Promise<void> {
  const { method, consul, signal } = options;
  const service = options.service ?? (await findService(consul, method.service));
  const access = await MeshAccess.open(consul, options.identity, signal);
  const client = clientOn(access.channel(service));
  try {
    const registry = await reflect(client, method.service, signal);
    const descriptor = registry
      .getService(method.service)
      ?.methods.find(({ name }) => name === method.method);
    if (!descriptor) throw new CliError(`${method.service} has no method ${method.method}`);
    await converse(client, descriptor, registry, { ...options, metadata: toMetadata(options) });
  } catch (error) {
    if (!isServiceError(error)) throw error;
    const advice = adviceOn(error, service, options.identity);
    throw new CliError(describeFailure(error) + advice, { cause: error });
  } finally {
    await access.close();
  }
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && 'metadata' in error;
}

/** What the caller can do about it, where the mesh and not the service has refused. */
function adviceOn({ code, details }: ServiceError, service: string, identity: string): string {
  if (code === status.PERMISSION_DENIED) {
    return `\n${service} may not let "${identity}" call: see weft status`;
  }
  if (code === status.DEADLINE_EXCEEDED && details.includes('name resolution')) {
    return `\nThe control plane does not answer: see weft status`;
  }
  return '';
}

/** grpc-js wants a target and credentials, and leaves both alone when it is given a channel. */
function clientOn(channelOverride: ChannelInterface): Client {
  return new Client('', credentials.createInsecure(), { channelOverride });
}

function toMetadata(options: CallMethodOptions): Metadata {
  const metadata = new Metadata();
  for (const [key, value] of options.metadata) metadata.add(key, value);
  return metadata;
}
