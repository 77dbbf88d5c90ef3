import { type Server, ServerCredentials } from '@grpc/grpc-js';

/**
 * Has a gRPC server listen on 127.0.0.1.
 *
 * @param credentials Default: none, in plaintext.
 * @param port Default: one that the system chooses.
 * @returns the port.
 */
export function listen(
  server: Server,
  credentials: ServerCredentials = ServerCredentials.createInsecure(),
  port = 0,
): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${port}`, credentials, (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
}
