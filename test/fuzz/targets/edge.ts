import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { equals, fromJson, type JsonValue, type Message } from '@bufbuild/protobuf';
import { NO_TRUST, writeTrust } from '../../../gateway/access/writeTrust.ts';
import { StaticEdge } from '../../../gateway/testing/StaticEdge.ts';
import { withAccess } from '../../../gateway/testing/withAccess.ts';
import { Contracts } from '../../../mesh/contracts/index.ts';
import { hashApiKey } from '../../../mesh/principal/index.ts';
import { TestIdentity } from '../../../mesh/testing/TestIdentity.ts';
import type { FuzzTarget, FuzzTargetPair } from '../FuzzTarget.ts';

const SEND = '/market.v1.MarketDataService/SendMarketData';
/** What docs/edge.md says that a REST call may be answered. */
const STATUSES = [200, 400, 401, 403, 404, 405, 413, 415, 431, 501];
const MOST = { rateLimit: { requests: 1_000_000, per: { seconds: 1n } } };
/** Of the scripts' own limit. */
const DEEPEST = 90;

interface Answer {
  readonly status: number;
  readonly body: string;
}
type Say = (
  method: string,
  path: string,
  headers: Record<string, string>,
  body: Buffer,
) => Promise<Answer>;

/**
 * The edge's scripts, in a real Envoy: a body that gets through is JSON of the contract and arrives as what it says, a
 * key opens when its hash is in the file, and every answer is one that is documented.
 */
function edge(through: (say: Say) => Say): FuzzTarget {
  const contracts = withAccess(
    Contracts.load(),
    Object.fromEntries(Contracts.load().methods.map(({ path }) => [path, MOST])),
  );
  const input = contracts.method(SEND)?.input;
  assert.ok(input);
  let running: StaticEdge;
  let say: Say;
  let token: string;
  /** Keys of all lengths around a block of SHA-256. */
  const keys = Array.from({ length: 200 }, (_, i) => 'k'.repeat(i + 1));

  const post = async (bytes: Buffer): Promise<string[]> => {
    running.server.received.length = 0;
    const { status, body } = await say(
      'POST',
      '/v1/market-data',
      { 'content-type': 'application/json' },
      bytes,
    );
    assertDocumented(status, body);
    const json = jsonOf(bytes);
    const strict =
      json === undefined
        ? undefined
        : messageOf(() => fromJson(input, json, { registry: contracts.registry }));
    const [received] = running.server.received;
    if (status === 200 && bytes.toString().trim() !== '') {
      assert.ok(json !== undefined, 'what is no JSON gets through');
      assert.ok(strict, 'what the contract does not have gets through');
      assert.ok(
        received && equals(input, received.request as Message, strict),
        'another message arrives',
      );
    }
    if (strict && depthOf(json) < DEEPEST && !isAmbiguous(bytes, json) && status !== 200) {
      // What the service itself has refused has got through.
      assert.ok(received, `right JSON is refused: ${body.slice(0, 300)}`);
    }
    return [`POST ${status} ${/"message":"([a-z ]{0,24})/i.exec(body)?.[1]}`];
  };

  const get = async (bytes: Buffer): Promise<string[]> => {
    running.server.received.length = 0;
    const path = `/${[...bytes].map(escaped).join('')}`;
    const { status, body } = await say('GET', path, {}, Buffer.alloc(0));
    assertDocumented(status, body);
    return [`GET ${status} ${running.server.received[0]?.path}`];
  };

  const open = async (bytes: Buffer): Promise<string[]> => {
    running.server.received.length = 0;
    const key =
      (bytes.length === 1
        ? keys[(bytes[0] ?? 0) % keys.length]
        : bytes.toString('latin1').replaceAll(/[^!-~]/g, 'k')) ?? '';
    const headers = { 'x-api-key': key, 'x-weft-principal': 'forged' };
    const { status, body } = await say('GET', '/v1/assets/A/summary', headers, Buffer.alloc(0));
    assertDocumented(status, body);
    const [received] = running.server.received;
    assert.ok(received, `a call with a key does not arrive: ${status}`);
    const said = JSON.stringify(received.metadata.getMap());
    assert.ok(!said.includes('forged') && !said.includes('x-api-key'), said);
    assert.equal(
      said.includes(token),
      keys.includes(key),
      `the key ${JSON.stringify(key)}: ${said}`,
    );
    return [`key ${keys.includes(key)} ${key.length % 64}`];
  };

  return {
    name: 'edge',
    words: [
      ...[
        '{"assetSymbol":"A","price":1,"timestamp":"2024-01-02T03:04:05Z"}',
        '"asset_symbol"',
        '"size"',
      ],
      ...[
        '{',
        '}',
        '[',
        ']',
        ',',
        ':',
        '"',
        '\\u0041',
        '\\"',
        'null',
        'true',
        '1e5',
        '-0',
        '"NaN"',
        '1.5',
      ],
      ...[
        'v1/assets/',
        ':watch',
        '/summary',
        '/candles?interval=60s',
        '%2F',
        '%00',
        '..',
        '?',
        '&page_size=1',
      ],
    ],
    maxLength: 16_384,

    async start() {
      const folder = await mkdtemp(join(tmpdir(), 'weft-fuzz-edge-'));
      const identity = await TestIdentity.create();
      token = await identity.inner({ kind: 'api_key' }, { lifeSeconds: 86_400 });
      const apiKeys = new Map(keys.map((key) => [hashApiKey(key), token]));
      writeTrust(folder, { ...NO_TRUST, jwks: identity.jwks, apiKeys });
      running = await StaticEdge.start(contracts, { trust: folder });
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      say = through((method, path, headers, body) =>
        send(running.port, agent, method, path, headers, body),
      );
      return {
        async [Symbol.asyncDispose]() {
          agent.destroy();
          await running.stop();
          await rm(folder, { recursive: true });
        },
      };
    },

    check([how = 0, ...rest]) {
      const bytes = Buffer.from(rest);
      if (how % 4 === 3) return get(bytes);
      if (how % 4 === 2) return open(bytes);
      return post(bytes);
    },
  };
}

function send(
  port: number,
  agent: Agent,
  method: string,
  path: string,
  headers: Record<string, string>,
  body: Buffer,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const length = body.length > 0 ? { 'content-length': `${body.length}` } : {};
    const options = {
      port,
      host: '127.0.0.1',
      agent,
      method,
      path,
      headers: { ...headers, ...length },
    };
    const asked = request(options, async (response) => {
      resolve({ status: response.statusCode ?? 0, body: await text(response) });
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

function assertDocumented(status: number, body: string): void {
  assert.ok(STATUSES.includes(status), `status ${status}: ${body.slice(0, 300)}`);
  if (status !== 200) assert.doesNotMatch(body, /script|lua|stack traceback/i);
}

/** As RFC 8259 has it; undefined for what is none. */
function jsonOf(bytes: Buffer): JsonValue | undefined {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

function messageOf(read: () => Message): Message | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** Whether a name stands twice in an object, of which RFC 8259 says that nobody knows what becomes of it. */
function isAmbiguous(bytes: Buffer, json: unknown): boolean {
  const outside = bytes.toString().replaceAll(/"(?:[^"\\]|\\.)*"/g, '');
  return outside.split(':').length - 1 !== membersOf(json);
}

function membersOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const own = Array.isArray(value) ? 0 : Object.keys(value).length;
  return Object.values(value).reduce((total: number, one) => total + membersOf(one), own);
}

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

/** What may stand in a request's target, by itself or escaped (RFC 3986). */
function escaped(byte: number): string {
  const letter = String.fromCharCode(byte);
  return /[A-Za-z0-9\-._~:/?&=%!$'()*+,;@]/.test(letter)
    ? letter
    : `%${byte.toString(16).padStart(2, '0')}`;
}

export const edgeTargets: FuzzTargetPair = {
  shows: /gets through|another message arrives|right JSON is refused/,
  real: edge((say) => say),
  // Lets the transcoder see only what stands before a second object.
  planted: edge((say) => (method, path, headers, body) => {
    const end = body.indexOf('}') + 1;
    return say(method, path, headers, end > 0 ? body.subarray(0, end) : body);
  }),
};
