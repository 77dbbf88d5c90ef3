import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { Client, credentials } from '@grpc/grpc-js';
import { memoryLogger } from '../testing/memoryLogger.ts';
import { applyPatch } from './applyPatches.ts';
import { CONNECT_TIMEOUT_OPTION, connectTimeout } from './connectTimeout.ts';

const WITHIN_MS = 200;
const WAIT_MS = 30_000;

await applyPatch(connectTimeout, { log: memoryLogger([]) });

for (const kind of ['plain text', 'TLS']) {
  test(`a caller tries a server that accepts and says nothing again, with ${kind}`, async (t) => {
    const connections: Socket[] = [];
    const server = createServer((socket) => connections.push(socket.resume()));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const client = new Client(
      `127.0.0.1:${port}`,
      kind === 'TLS' ? credentials.createSsl() : credentials.createInsecure(),
      {
        'grpc.initial_reconnect_backoff_ms': 10,
        'grpc.max_reconnect_backoff_ms': 10,
        [CONNECT_TIMEOUT_OPTION]: WITHIN_MS,
        'grpc.ssl_target_name_override': 'localhost',
      },
    );
    t.after(() => {
      client.close();
      for (const connection of connections) connection.destroy();
      server.close();
    });
    const [first] = await Promise.all([
      once(server, 'connection', { signal: AbortSignal.timeout(WAIT_MS) }),
      client.getChannel().getConnectivityState(true),
    ]);
    await once(first[0], 'close', { signal: AbortSignal.timeout(WAIT_MS) });
    const asking = setInterval(() => client.getChannel().getConnectivityState(true), 20);
    t.after(() => clearInterval(asking));
    await once(server, 'connection', { signal: AbortSignal.timeout(WAIT_MS) });
  });
}
