/** Bodies that cost the most to read, one after the other from many addresses, as fast as they are answered. */
import { Agent, request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { serveParent } from '../harness/serveParent.ts';
import type { CrowdAnswer, CrowdAsk } from './Crowd.ts';
import { localAddresses } from './localAddresses.ts';

/** As large as a contract lets a body be that says nothing of it. */
const BODY_BYTES = 16 * 1024;
const PATH = '/v1/market-data';
/** One address may send 200 bodies at once. */
const POSTS_PER_ADDRESS = 100;

interface Post {
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status: number;
}

/** As many times as fit into a body beside what is around them. */
const fill = (before: string, each: string, after: string) =>
  before +
  each.repeat(Math.floor((BODY_BYTES - before.length - after.length) / each.length)) +
  after;

const posts: readonly Post[] = [
  // A message, whose field is too long.
  { body: fill('{"assetSymbol":"', 'A', '"}'), status: 400 },
  // The deepest.
  { body: fill('{"assetSymbol":', '[', ''), status: 400 },
  // Each name has to be looked at until, at the end, it is no JSON.
  { body: fill('{"assetSymbol":[', '{"":1},', '{}]},'), status: 400 },
  // The most fields, of which none is known.
  { body: fill('{', '"a":1,', '"a":1}'), status: 400 },
  // A thousand times as large when it is unpacked.
  {
    body: gzipSync(Buffer.alloc(BODY_BYTES * 1_000, 32)),
    headers: { 'content-encoding': 'gzip' },
    status: 415,
  },
];

const addresses = localAddresses();
let isHere = false;
let lanes: Promise<void>[] = [];
let [answered, failed] = [0, 0];

function send(edge: string, post: Post, localAddress: string, agent: Agent): Promise<number> {
  const headers = { 'content-type': 'application/json', ...post.headers };
  return new Promise((resolve, reject) => {
    request(`${edge}${PATH}`, { method: 'POST', headers, localAddress, agent }, (response) => {
      response.resume().on('error', reject);
      response.on('end', () => resolve(response.statusCode ?? 0));
    })
      .on('error', reject)
      .end(post.body);
  });
}

async function lane(edge: string): Promise<void> {
  while (isHere) {
    const address = addresses.next().value;
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let sent = 0; isHere && sent < POSTS_PER_ADDRESS; sent++) {
      const post = posts[sent % posts.length] as Post;
      // An edge that answers before it has the whole body may hang up on it.
      const status = await send(edge, post, address, agent).catch(() => undefined);
      answered += 1;
      if (status !== post.status && failed++ === 0) {
        process.stderr.write(`a post was answered ${status}, and not ${post.status}\n`);
      }
    }
    agent.destroy();
  }
}

serveParent<CrowdAsk, CrowdAnswer>(undefined, async (ask) => {
  if (ask === 'go') {
    isHere = false;
    await Promise.all(lanes);
    return { count: answered, failed };
  }
  isHere = true;
  [answered, failed] = [0, 0];
  lanes = Array.from({ length: ask.size }, () => lane(ask.edge));
  return { count: 0, failed: 0 };
});
