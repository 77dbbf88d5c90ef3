/** Watches of an asset that are held open, as server-sent events over HTTP/2. */
import { type ClientHttp2Session, connect, constants } from 'node:http2';
import { connect as connectTcp } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { serveParent } from '../harness/serveParent.ts';
import type { CrowdAnswer, CrowdAsk } from './Crowd.ts';
import { localAddresses } from './localAddresses.ts';

/** As many as the edge has on one connection, and a third of what it lets one address open within five minutes. */
const WATCHES_PER_CONNECTION = 100;
/** Connections on which watches are opened at the same time, one after the other. */
const OPENING_AT_ONCE = 40;
/** A service that has all that it can do for the moment refuses who is new, who comes again. */
const REFUSED_PAUSE_MS = 2_000;
const PATH = '/v1/assets/CROWD:watch';

const addresses = localAddresses();
let sessions: ClientHttp2Session[] = [];
let held = 0;
let failed = 0;

/** @returns whether the watch is open. */
function watch(session: ClientHttp2Session): Promise<boolean> {
  return new Promise((resolve) => {
    const stream = session.request({ ':path': PATH });
    let isOpen = false;
    stream.on('response', ({ ':status': status }) => {
      isOpen = status === 200;
      if (isOpen) held += 1;
      resolve(isOpen);
    });
    // What becomes of it, its end says.
    stream.on('error', () => {});
    stream.on('close', () => {
      if (!isOpen) return resolve(false);
      held -= 1;
      failed += 1;
    });
    // What it says is of no interest.
    stream.resume();
  });
}

async function fill(url: string, watches: number): Promise<void> {
  const { hostname, port } = new URL(url);
  const localAddress = addresses.next().value;
  const session = connect(url, {
    createConnection: () => connectTcp({ host: hostname, port: Number(port), localAddress }),
  });
  session.on('error', () => {});
  sessions.push(session);
  for (let opened = 0; opened < watches; ) {
    if (await watch(session)) opened += 1;
    else await sleep(REFUSED_PAUSE_MS);
  }
}

async function come(url: string, size: number): Promise<void> {
  let left = size;
  const lane = async () => {
    while (left > 0) {
      const watches = Math.min(left, WATCHES_PER_CONNECTION);
      left -= watches;
      await fill(url, watches);
    }
  };
  await Promise.all(Array.from({ length: OPENING_AT_ONCE }, lane));
}

serveParent<CrowdAsk, CrowdAnswer>(undefined, async (ask) => {
  if (ask !== 'go') {
    failed = 0;
    await come(ask.edge, ask.size);
    return { count: held, failed };
  }
  const answer = { count: held, failed };
  for (const session of sessions) session.destroy(undefined, constants.NGHTTP2_CANCEL);
  sessions = [];
  return answer;
});
