import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as grpc from '@grpc/grpc-js';

export interface DirectCall {
  /** Host and port of the server itself. */
  readonly address: string;
  /** Such as "/market.v1.AnalyticsService/ListAssets". */
  readonly path: string;
  /** Folder of the caller's certificate; undefined: it has none. */
  readonly identity: string | undefined;
  /** Of the CA that the caller believes in. */
  readonly roots: string;
  /** The message. Default: an empty one. */
  readonly request?: Uint8Array;
}

/** Calls a server at its own port, past the mesh's client side. Answers the error, if any. */
export async function directCall(call: DirectCall): Promise<grpc.ServiceError | undefined> {
  const read = (file: string) => readFileSync(join(call.identity ?? '', file));
  const roots = readFileSync(call.roots);
  const anyHost = { checkServerIdentity: () => undefined };
  const credentials = call.identity
    ? grpc.credentials.createSsl(roots, read('key.pem'), read('cert.pem'), anyHost)
    : grpc.credentials.createSsl(roots, null, null, anyHost);
  const client = new grpc.Client(call.address, credentials);
  try {
    return await new Promise((resolve) =>
      client.makeUnaryRequest(
        call.path,
        () => Buffer.from(call.request ?? []),
        (bytes) => bytes,
        {},
        { deadline: Date.now() + 10_000 },
        (error) => resolve(error ?? undefined),
      ),
    );
  } finally {
    client.close();
  }
}
