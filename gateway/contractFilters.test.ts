import assert from 'node:assert/strict';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { Agent, get, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { Contracts } from '@weft/mesh/contracts';
import { eventually } from '@weft/mesh/testing/eventually';
import { writeContractFilters } from './contractFilters.ts';
import { StaticEdge } from './testing/StaticEdge.ts';
import { withoutMethod } from './testing/withoutMethod.ts';

const SUMMARY = '/v1/assets/A/summary';
const all = Contracts.load();
const fewer = withoutMethod(all, '/market.v1.AnalyticsService/GetAssetSummary');
/** All calls go over one connection. */
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
let folder: string;
let edge: StaticEdge;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weft-contracts-'));
  writeContractFilters(folder, fewer);
  edge = await StaticEdge.start(all, { contractFilters: folder });
});
after(async () => {
  agent.destroy();
  await edge?.stop();
  await rm(folder, { recursive: true });
});

async function call(path: string) {
  const response = await new Promise<IncomingMessage>((resolve, reject) =>
    get(edge.url + path, { agent }, resolve).on('error', reject),
  );
  const connection = response.socket.localPort;
  await text(response);
  return { status: response.statusCode, connection };
}

test('other contracts hold from the next request on, and end no connection, no call and no stream', async () => {
  const first = await call(SUMMARY);
  assert.equal(first.status, 404);
  const ended: unknown[] = [];
  const watching = await fetch(`${edge.url}/v1/assets/QUIET:watch`);
  watching.text().then(
    () => ended.push('ended'),
    (error) => ended.push(error),
  );

  const answers: Awaited<ReturnType<typeof call>>[] = [];
  for (const [contracts, status] of [
    [all, 200],
    [fewer, 404],
    [all, 200],
  ] as const) {
    writeContractFilters(folder, contracts);
    await eventually(async () => {
      answers.push(await call('/v1/assets/A/candles?page_size=1'));
      const answer = await call(SUMMARY);
      assert.equal(answer.connection, first.connection);
      assert.equal(answer.status, status);
    });
  }
  for (const answer of answers) assert.deepEqual(answer, { ...first, status: 200 });
  assert.deepEqual(ended, []);
});

test('contracts that are the same are not told anew, which would refill the counters of bodies', async () => {
  const inode = async () => (await stat(join(folder, 'bodies-of-address.json'))).ino;
  const before = await inode();
  writeContractFilters(folder, all);
  assert.equal(await inode(), before);
});
