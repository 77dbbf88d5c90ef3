import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { query } from '../services/kit/testing/query.ts';
import { Client } from '../services/platform/sockets/testing/Client.ts';
import { type Guest, Outsider } from './support/Outsider.ts';
import { serverSentEvents } from './support/rest.ts';
import { TestMesh } from './support/TestMesh.ts';
import { waitFor } from './support/waitFor.ts';

/** `make crash` has all of them. */
const REGISTRATIONS = process.env.WEFT_CRASH_POINTS === 'all' ? 300 : 30;
/** Who register at the same time. */
const AT_ONCE = 4;
const LATEST_MS = 120_000;
/** In the order in which they die. */
const DYING = ['notification', 'logging', 'sockets', 'nats', 'postgres', 'victoria-logs'];

interface LogLine {
  readonly traceId: string;
  readonly time: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, string>>;
}

interface Page {
  readonly logEntries: readonly LogLine[];
  readonly nextPageToken: string;
}

suite('Notification, logging and sockets together', { timeout: 600_000 }, () => {
  let mesh: TestMesh;
  let outside: Outsider;
  let admin: Guest;
  before(async () => {
    mesh = await TestMesh.start({ only: ['notification', 'logging', 'sockets'] });
    outside = new Outsider(mesh.edge);
  });
  after(() => mesh?.stop());

  test('who registers is let in by his mail, his call is in the log, and his room tells him', async () => {
    const guest = await outside.signUp('ada@example.org');
    const file = join(mesh.home, 'data/identity/administrator-token');
    const token = (await readFile(file, 'utf8')).trim();
    await outside.insist('administrator', () =>
      outside.post('/v1/auth/administrator', { token }, guest),
    );
    admin = await outside.logIn('ada@example.org');
    const trace = await outside.refused();
    await waitFor('the line of a trace', async () => {
      const lines = await history(`filter.traceId=${trace}`);
      return lines.some(({ message }) => message === 'call');
    });
    using client = new Client(mesh.edge, { auth: { token: admin.token } });
    await joined(client, `user:${admin.userId}`);
    await outside.changePassword(admin);
    await waitFor('the room', () => client.told.length === 1);
    assert.equal(client.told[0]?.event, 'account:password_changed');
  });

  test('over kill -9 of each of them, of NATS, PostgreSQL and VictoriaLogs, each mail comes once, each line is there once, and no event of a room is missing', async () => {
    const room = `user:${admin.userId}`;
    using client = new Client(mesh.edge, { auth: { token: admin.token } });
    let position = await joined(client, room);
    const recovered: unknown[] = [];
    client.socket.on('connect', async () => {
      const { id } = client.socket;
      // Another connection joins by itself.
      while (client.socket.id === id) {
        const answer = await client.join(room, client.position(position)).catch(() => undefined);
        if (answer && !answer.error) {
          position = answer;
          recovered.push(answer.recovered);
          return;
        }
        await sleep(50);
      }
    });
    const broken: string[] = [];
    client.socket.on('disconnect', (reason) => void broken.push(reason));
    const refusals: string[] = [];
    client.socket.on('connect_error', async ({ message }) => {
      refusals.push(message);
      if (client.socket.active) return;
      // Socket.IO leaves it to the client whether he comes again to who has refused him.
      await sleep(100);
      client.socket.connect();
    });
    const stop = new AbortController();
    const tailed: LogLine[] = [];
    let cursor = '';
    const tailing = follow(stop.signal);

    const traces: string[] = [];
    const askedOnce: string[] = [];
    let registered = 0;
    const register = async (email: string) => {
      const tries = await outside.register(email);
      if (tries === 1) askedOnce.push(email);
      traces.push(await outside.refused());
      registered += 1;
    };
    let changes = 0;
    const dying = (async () => {
      for (const [index, name] of DYING.entries()) {
        const due = (REGISTRATIONS * (index + 1)) / (DYING.length + 1);
        await waitFor(`${due} registrations`, () => registered >= due, LATEST_MS);
        await mesh.kill(name);
        await outside.changePassword(admin);
        changes += 1;
      }
    })();
    await waitFor('the tail', () => cursor !== '', LATEST_MS);
    const emails = Array.from({ length: REGISTRATIONS }, (_, index) => `user-${index}@example.org`);
    const left = [...emails];
    await Promise.all([
      dying,
      ...Array.from({ length: AT_ONCE }, async () => {
        for (let email = left.pop(); email; email = left.pop()) await register(email);
      }),
    ]);

    await waitFor(
      'all mails to end',
      async () => {
        const states = await rows('notification', 'select state as value from notification');
        const asked = await rows('identity', 'select id::text as value from mail');
        return states.length >= asked.length && states.every((state) => state !== 'PENDING');
      },
      LATEST_MS,
    );
    const mails = await rows('identity', 'select id::text as value from mail order by 1');
    const told = 'from notification where mail_id is not null order by 1';
    assert.deepEqual(await rows('notification', `select mail_id::text as value ${told}`), mails);
    const caught = 'select substr(message_id, 2, 36) as value from caught_mail order by 1';
    assert.deepEqual(
      await rows('notification', caught),
      await rows('notification', `select id::text as value ${told}`),
    );
    const accounts = await rows('identity', 'select email as value from account');
    assert.deepEqual(accounts.sort(), ['ada@example.org', ...emails].sort());
    const recipients = await rows('notification', 'select recipients[1] as value from caught_mail');
    const mailsTo = (email: string) => recipients.filter((each) => each === email).length;
    assert.deepEqual(
      askedOnce.filter((email) => mailsTo(email) !== 1),
      [],
    );
    assert.ok(askedOnce.length > 0);

    /** Of the refused calls, each by its span: one that is there twice is twice in the list. */
    const linesOf = (lines: readonly LogLine[]) =>
      lines
        .filter(({ traceId, message }) => message === 'call' && traces.includes(traceId))
        .map(({ time, traceId, fields: { spanId } }) => `${traceId} ${spanId} ${time}`)
        .sort();
    // Where PostgreSQL was away, the edge has asked again in the same trace.
    const hasAll = (lines: readonly LogLine[]) => {
      const there = new Set(lines.map(({ traceId }) => traceId));
      return traces.every((trace) => there.has(trace));
    };
    await waitFor('the tail to have all', () => hasAll(tailed), LATEST_MS);
    const kept = await waitFor(
      'the history to have all',
      async () => {
        const lines = await history('filter.services=identity');
        return hasAll(lines) && lines;
      },
      LATEST_MS,
    );
    stop.abort();
    await tailing;
    assert.deepEqual(linesOf(tailed), linesOf(kept));
    assert.deepEqual(linesOf(kept), [...new Set(linesOf(kept))]);

    await waitFor(
      'the room to have told all',
      () => {
        if (client.told.length >= changes) return true;
        throw new Error(
          `${client.told.length} of ${changes}; ${recovered}; ${refusals}; ${broken}; ` +
            `is ${client.socket.connected ? 'connected' : 'away'}`,
        );
      },
      LATEST_MS,
    );
    await outside.changePassword(admin);
    await waitFor('one more', () => client.told.length > changes, LATEST_MS);
    assert.equal(client.told.length, changes + 1);
    const offsets = client.told.map(({ at }) => Number(at.offset));
    assert.deepEqual(
      offsets,
      [...new Set(offsets)].sort((one, two) => one - two),
    );
    assert.deepEqual(new Set(recovered), new Set([true]), 'it was told to reload');

    /** Whoever is cut off goes on behind what he has. */
    async function follow(signal: AbortSignal): Promise<void> {
      while (!signal.aborted) {
        const url = `${mesh.edge}/v1/logEntries:tail?filter.services=identity&after=${cursor}`;
        try {
          for await (const said of serverSentEvents(url, signal, admin.headers)) {
            const message = said as { logEntries?: LogLine[]; cursor?: string };
            tailed.push(...(message.logEntries ?? []));
            cursor = message.cursor ?? cursor;
          }
        } catch {
          await sleep(100);
        }
      }
    }
  });

  const rows = async (service: string, statement: string) =>
    (await query(mesh.databaseUrl(service), statement)).map(({ value }) => String(value));

  async function history(filter: string): Promise<LogLine[]> {
    const lines: LogLine[] = [];
    for (let pageToken = ''; ; ) {
      const path = `/v1/logEntries?${filter}&pageSize=1000&pageToken=${pageToken}`;
      const page = (await outside.insist('lines', () =>
        outside.get(path, admin),
      )) as unknown as Page;
      lines.push(...page.logEntries);
      pageToken = page.nextPageToken;
      if (!pageToken) return lines;
    }
  }

  const joined = (client: Client, room: string) =>
    waitFor(`the room ${room}`, async () => {
      const answer = await client.join(room);
      return !answer.error && answer;
    });
});
