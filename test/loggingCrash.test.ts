import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { connectMesh } from '@weft/mesh/runtime';
import { LogIntakeServiceDefinition } from '@weft/proto/logging/v1/intake';
import { LogFilter, LogServiceDefinition } from '@weft/proto/logging/v1/log';
import { pino } from 'pino';
import { Running } from '../mesh/cli/testing/Running.ts';
import { ControlPlane } from '../mesh/control/index.ts';
import { readMeshConfig } from '../mesh/runtime/config/MeshConfig.ts';
import { LogShipper } from '../mesh/runtime/logging/LogShipper.ts';
import { killProgram, spawnProgram } from '../mesh/testing/spawnProgram.ts';
import { TestConsul } from '../mesh/testing/TestConsul.ts';
import { TestVictoriaLogs } from '../services/platform/logging/testing/TestVictoriaLogs.ts';
import { waitFor } from './support/waitFor.ts';

const logging = fileURLToPath(new URL('../services/platform/logging/main.ts', import.meta.url));
const LINES = 600;
const LATEST_MS = 120_000;
/** Of every second line. */
const TRACE = '0af7651916cd43dd8448eb211c80319c';

test('a tail, `weft logs --follow`, the history and the ledger have each numbered line once, over kill -9 of logging and of VictoriaLogs', async () => {
  await using cleanup = new AsyncDisposableStack();
  const consul = cleanup.adopt(await TestConsul.start(), (each) => each.stop());
  const control = await ControlPlane.start({
    ...{ listen: '127.0.0.1:0', admin: '127.0.0.1:0', consul: consul.client },
    log: pino({ level: 'silent' }),
  });
  cleanup.defer(() => control.stop());
  await consul.intend('logging', { sender: 'allow', cli: 'allow' });
  const store = cleanup.adopt(await TestVictoriaLogs.start(), (each) => each.stop());
  const home = await mkdtemp(join(tmpdir(), 'weft-logging-'));
  cleanup.defer(() => rm(home, { recursive: true, force: true }));
  const env = {
    ...process.env,
    CONSUL_HTTP_ADDR: consul.client.address,
    WEFT_XDS_SERVER: control.xdsServer,
    WEFT_HOME: home,
    VICTORIA_LOGS_URL: store.url,
    VICTORIA_LOGS_PASSWORD_FILE: store.passwordFile,
  };
  // The first serves; the other waits for its death, and then goes on in its place.
  const members: ChildProcess[] = [];
  let started = 0;
  const start = () => {
    started += 1;
    const instance = { WEFT_INSTANCE: String(started) };
    const member = spawnProgram([process.execPath, logging], { env: { ...env, ...instance } });
    member.stderr.resume();
    members.push(member);
    return member;
  };
  const startNext = () => void start().stdout.resume();
  const kill = async () => {
    const member = members.shift();
    if (member) await killProgram(member);
  };
  cleanup.defer(async () => {
    await Promise.all(members.map((each) => killProgram(each)));
  });
  startNext();
  const caller = await connectMesh({ service: 'sender', config: readMeshConfig(env) });
  cleanup.defer(() => caller.close());
  const { writeLogLines } = caller.client(LogIntakeServiceDefinition);
  const { tailLogEntries, listLogEntries, getLogLedger } = caller.client(LogServiceDefinition);

  const filter = LogFilter.fromPartial({ services: ['sender'], text: 'numbered' });
  const stop = new AbortController();
  const { signal } = stop;
  const seen: string[] = [];
  let cursor = '';
  const tailing = (async () => {
    // Whoever is cut off goes on behind what he has.
    while (!signal.aborted) {
      try {
        for await (const message of tailLogEntries({ filter, after: cursor }, { signal })) {
          cursor = message.cursor;
          seen.push(...message.logEntries.map((entry) => entry.message));
        }
      } catch {
        await sleep(50);
      }
    }
  })();
  cleanup.defer(() => stop.abort());
  await waitFor('the tail', () => cursor !== '', LATEST_MS);
  let said = '';
  start().stdout.on('data', (text) => {
    said += text;
  });
  await waitFor('the second one waits', () => /another instance/.test(said), LATEST_MS);
  const path = '/health/service/logging';
  const { value: registered } = await consul.client.read<{ Service: { ID: string } }[]>(path);
  assert.deepEqual(
    registered.map(({ Service }) => Service.ID),
    ['logging-1'],
  );

  const args = ['logs', '--follow', '--trace', TRACE, '--after', cursor, '--json'];
  const following = new Running(args, env);
  cleanup.defer(async () => {
    following.kill('SIGKILL');
    await following.result();
  });

  const shipper = new LogShipper();
  shipper.start((batch, options) => writeLogLines(batch, options));
  cleanup.defer(() => shipper.stop());
  const write = async (from: number, to: number) => {
    for (let at = from; at < to; at += 1) {
      const [time, msg] = [new Date().toISOString(), `numbered ${at}`];
      const traceId = at % 2 === 0 ? TRACE : undefined;
      shipper.write(`${JSON.stringify({ level: 'info', time, msg, traceId })}\n`);
      await sleep(3);
    }
  };
  await write(0, 150);
  await Promise.all([kill().then(startNext), write(150, 300)]);
  await waitFor('a line after that', () => shipper.sent > 150, LATEST_MS);
  await Promise.all([store.kill().then(() => store.run()), write(300, 450)]);
  await Promise.all([
    kill().then(startNext),
    store.kill().then(() => store.run()),
    write(450, LINES),
  ]);
  // What is counted outlives the lines in the journal, and so does what is known of their senders.
  let lines = LINES;
  const checkpoint = join(home, 'data/logging/checkpoint.json');
  await waitFor(
    'the journal forgets lines',
    async () => {
      await write(lines, ++lines);
      await sleep(200);
      return access(checkpoint).then(
        () => true,
        () => false,
      );
    },
    LATEST_MS,
  );
  shipper.write('{}\n');
  await waitFor('all are taken', () => shipper.sent === lines + 1, LATEST_MS);
  await kill();
  startNext();
  await waitFor('the tail has all', () => seen.length >= lines, LATEST_MS);
  const history = await waitFor(
    'the history has all',
    async () => {
      const always = { filter, startTime: undefined, endTime: undefined };
      const messages: string[] = [];
      // A line that the store has twice takes two places of a page, and comes once.
      let pageToken = '';
      do {
        const page = await listLogEntries({ ...always, pageSize: 1_000, pageToken });
        messages.push(...page.logEntries.map(({ message }) => message));
        pageToken = page.nextPageToken;
      } while (pageToken !== '');
      return messages.length >= lines && messages;
    },
    LATEST_MS,
  );
  const ofTrace = numbered(lines).filter((_, at) => at % 2 === 0);
  const followed = () => following.stdout.split('\n').filter((each) => each !== '');
  await waitFor('the command has all', () => followed().length >= ofTrace.length, LATEST_MS);
  stop.abort();
  await tailing;
  const account = await waitFor(
    'all are stored',
    async () => {
      const { accounts } = await getLogLedger({});
      const own = accounts.find(({ service }) => service === 'sender');
      return own?.pending === 0 && own;
    },
    LATEST_MS,
  );
  assert.deepEqual(
    { ...account, repeated: 0 },
    {
      ...{ service: 'sender', accepted: lines + 1, stored: lines, pending: 0, expired: 0 },
      ...{ rejected: 1, repeated: 0, dropped: 0 },
    },
  );
  assert.equal(shipper.dropped, 0);
  assert.deepEqual(seen, numbered(lines));
  assert.deepEqual(history.toSorted(), numbered(lines).toSorted());
  assert.deepEqual(
    followed().map((each) => JSON.parse(each).message),
    ofTrace,
  );
  // It has been cut off, and says so.
  assert.match(following.stderr, /going on behind \d+/);
});

const numbered = (count: number) => Array.from({ length: count }, (_, at) => `numbered ${at}`);
