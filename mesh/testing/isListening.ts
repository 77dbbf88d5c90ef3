import { connect } from 'node:net';

/** Resolves when a port of 127.0.0.1 takes a connection. @throws what connecting throws, when nobody listens. */
export function isListening(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve();
    });
    socket.on('error', reject);
  });
}
