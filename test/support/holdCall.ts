import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as grpc from '@grpc/grpc-js';

export interface HeldCall {
  /** Host and port of the server itself. */
  readonly address: string;
  /** Of a method that waits for its caller to say more. */
  readonly path: string;
  /** Folder of the caller's certificate. */
  readonly identity: string;
  /** Of the CA that the caller believes in. */
  readonly roots: string;
  /** Milliseconds between pings. */
  readonly pingMs: number;
  /** How long it is held, in milliseconds. */
  readonly forMs: number;
}

/** Holds a call in which nobody says anything, past the mesh's client side, and pings meanwhile. @returns the error, if it ends so. */
export async function holdCall(held: HeldCall): Promise<grpc.ServiceError | undefined> {
  const read = (name: string) => readFileSync(join(held.identity, name));
  const anyHost = { checkServerIdentity: () => undefined };
  const credentials = grpc.credentials.createSsl(
    readFileSync(held.roots),
    ...([read('key.pem'), read('cert.pem'), anyHost] as const),
  );
  const client = new grpc.Client(held.address, credentials, {
    'grpc.keepalive_time_ms': held.pingMs,
  });
  try {
    return await new Promise((resolve) => {
      const bytes = (message: Buffer) => message;
      const call = client.makeBidiStreamRequest(held.path, bytes, bytes, new grpc.Metadata());
      call.on('error', resolve).resume();
      setTimeout(() => resolve(undefined), held.forMs);
    });
  } finally {
    client.close();
  }
}
