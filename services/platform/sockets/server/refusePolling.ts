import { randomBytes } from 'node:crypto';
import { type HttpHandler, Status } from '@weft/mesh/runtime';
import { SocketReason } from '../rooms/SocketReason.ts';
import type { Refusal } from './messages.ts';

const REFUSAL: Refusal = {
  code: Status[Status.UNIMPLEMENTED],
  reason: SocketReason.WEBSOCKET_REQUIRED,
  message: "long polling is not served here: connect with transports: ['websocket']",
};

/**
 * Answers clients that begin with long polling, as Socket.IO's do unless they are told otherwise. They show nobody the body of
 * an answer that is an error; so they are let in and told by Socket.IO itself, which is a `connect_error` with the reason.
 * Nothing is kept of them.
 *
 * @see https://github.com/socketio/engine.io-protocol
 */
export const refusePolling: HttpHandler = (request, response) => {
  const query = new URL(request.url, 'http://edge').searchParams;
  response.setHeader('cache-control', 'no-store');
  if (request.method === 'POST') {
    request.resume();
    response.setHeader('content-type', 'text/plain');
    response.end('ok');
    return;
  }
  if (request.method !== 'GET' || query.has('sid') || query.get('transport') !== 'polling') {
    response.statusCode = 400;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(REFUSAL));
    return;
  }
  const open = {
    ...{ sid: randomBytes(15).toString('base64url'), upgrades: [] },
    ...{ pingInterval: 25_000, pingTimeout: 20_000, maxPayload: 1 },
  };
  const error = { message: REFUSAL.message, data: REFUSAL };
  response.setHeader('content-type', 'text/plain; charset=UTF-8');
  response.end(`0${JSON.stringify(open)}\x1e44${JSON.stringify(error)}`);
};
