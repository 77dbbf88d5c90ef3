import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';

/** An open connection on which nothing has been said. */
export async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  // How it ends is looked at by those who read it.
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

/** All that comes until the other side closes. A connection that is reset has ended too. */
export async function read(socket: Socket): Promise<string> {
  return text(socket).catch(() => '');
}
