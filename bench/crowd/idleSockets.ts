/** Connections that say nothing, or half of a request, and that are made anew when the edge closes them. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { serveParent } from '../harness/serveParent.ts';
import type { CrowdAnswer, CrowdAsk } from './Crowd.ts';
import { localAddresses } from './localAddresses.ts';

const SOCKETS_PER_ADDRESS = 100;
const OPENING_AT_ONCE = 200;
/** What every other one says. */
const HALF_A_REQUEST = 'GET /v1/assets HTTP/1.1\r\nhost: edge\r\nx-half: ';

const addresses = localAddresses();
const sockets = new Set<Socket>();
let isHere = false;

async function open(edge: string, localAddress: string, says: string): Promise<void> {
  const { hostname, port } = new URL(edge);
  const socket = connect({ host: hostname, port: Number(port), localAddress });
  sockets.add(socket);
  socket.on('error', () => {}).resume();
  socket.once('close', () => {
    sockets.delete(socket);
    if (isHere) void open(edge, localAddress, says);
  });
  await Promise.race([once(socket, 'connect'), once(socket, 'close')]).catch(() => {});
  if (says) socket.write(says);
}

serveParent<CrowdAsk, CrowdAnswer>(undefined, async (ask) => {
  if (ask === 'go') {
    isHere = false;
    const answer = { count: sockets.size, failed: 0 };
    for (const socket of sockets) socket.destroy();
    return answer;
  }
  isHere = true;
  let [opened, address] = [0, ''];
  while (opened < ask.size) {
    const some = Array.from({ length: Math.min(OPENING_AT_ONCE, ask.size - opened) }, () => {
      if (opened % SOCKETS_PER_ADDRESS === 0) address = addresses.next().value;
      return open(ask.edge, address, opened++ % 2 === 0 ? '' : HALF_A_REQUEST);
    });
    await Promise.all(some);
  }
  return { count: sockets.size, failed: 0 };
});
