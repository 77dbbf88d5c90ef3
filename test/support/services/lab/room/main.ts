import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { defineService, type HttpHandler, implementHttp, runService } from '@weft/mesh/runtime';
import { WebSocketServer } from 'ws';

/** Tells what has arrived of a request, and who is known to have sent it. */
const tell: HttpHandler = async (request, response, { route, peer, principal }) => {
  const hash = createHash('sha256');
  await pipeline(request, hash);
  response.setHeader('content-type', 'application/json');
  response.end(
    JSON.stringify({
      ...{ route, method: request.method, url: request.url, sha256: hash.digest('hex') },
      ...{ peer: peer?.service, subject: principal?.subject },
    }),
  );
};

const sockets = new WebSocketServer({ noServer: true });

await runService(
  defineService({
    setup: () => [
      implementHttp('/room', {
        request: tell,
        upgrade: (request, socket, head) =>
          sockets.handleUpgrade(request as unknown as IncomingMessage, socket, head, (opened) => {
            opened.on('message', (data) => opened.send(`you: ${data}`));
          }),
      }),
      implementHttp('/room/members', { request: tell }),
    ],
  }),
);
