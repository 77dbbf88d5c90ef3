import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { CallContext } from '@weft/mesh/runtime';
import {
  LogFilter,
  LogLevel,
  LogMark,
  type TailLogEntriesResponse,
} from '@weft/proto/logging/v1/log';
import fc from 'fast-check';
import { eventually } from '../../../mesh/testing/eventually.ts';
import { limits } from './lines/limits.ts';
import { openTestLogging, type TestLogging } from './testing/openTestLogging.ts';
import { TestVictoriaLogs } from './testing/TestVictoriaLogs.ts';

let victoriaLogs: TestVictoriaLogs;
let opened: TestLogging;
before(async () => {
  victoriaLogs = await TestVictoriaLogs.start();
  opened = await openTestLogging(victoriaLogs.store, { retention: '30d, brief=7d' });
});
after(async () => {
  await opened?.[Symbol.asyncDispose]();
  await victoriaLogs?.stop();
});

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const line = (msg: string, more: object = {}) => ({
  ...{ level: 'info', time: new Date().toISOString(), msg, ...more },
});

/** Entries of a service, once there are as many as there should be. */
async function entriesOf(service: string, count: number) {
  return eventually(async () => {
    const entries = await opened.list({ services: [service] });
    assert.equal(entries.length, count);
    return entries;
  });
}

test('a line is found by its service, level, trace, text and fields, and by nothing else', async () => {
  await opened.write('find', [
    line('token created', { traceId: TRACE, tokenId: 42, err: { type: 'Error', message: 'no' } }),
    line('token refused', { level: 'warn', instance: 'find-2' }),
    line('"quoted" | delete {x="y"}', { level: 'trace' }),
  ]);
  const [created, refused, quoted] = await entriesOf('find', 3);
  const services = ['find'];
  const found = async (filter: object) =>
    (await opened.list({ services, ...filter })).map(({ logEntryId }) => logEntryId);
  const ids = (...entries: (typeof created)[]) => entries.map((entry) => entry?.logEntryId);
  assert.deepEqual(await found({ traceId: TRACE }), ids(created));
  assert.deepEqual(await found({ traceId: '0'.repeat(32) }), []);
  assert.deepEqual(await found({ minLevel: LogLevel.WARN }), ids(refused));
  assert.deepEqual(await found({ minLevel: LogLevel.INFO }), ids(created, refused));
  assert.deepEqual(await found({ text: 'ken cre' }), ids(created));
  assert.deepEqual(await found({ text: '"quoted" | delete {x="y"}' }), ids(quoted));
  assert.deepEqual(await found({ fields: ['tokenId=42', 'err.message=no'] }), ids(created));
  assert.deepEqual(await found({ fields: ['tokenId=43'] }), []);
  assert.deepEqual(await found({ instance: 'find-2' }), ids(refused));
  assert.deepEqual(await found({ services: ['fin'] }), []);
  assert.deepEqual(created?.fields, { tokenId: '42', 'err.type': 'Error', 'err.message': 'no' });
});

test('no text of a caller is more than a text in a query', async () => {
  await opened.write('inject', [line('the only line')]);
  await entriesOf('inject', 1);
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom(...HOSTILE)),
      async (text) => {
        const wanted = 'the only line'.includes(text) ? 1 : 0;
        const filter = { services: ['inject'] };
        assert.equal((await opened.list({ ...filter, text })).length, wanted);
        assert.equal(
          (await opened.list({ ...filter, fields: [`f${text.replaceAll('=', '')}=${text}!`] }))
            .length,
          0,
        );
        assert.equal((await opened.list({ services: [text || ' '] })).length, 0);
      },
    ),
    { numRuns: 60 },
  );
});

const HOSTILE = [
  ...[
    '"',
    '\\',
    '\\"',
    '`',
    "'",
    '*',
    '" or *',
    '") or _msg:*',
    '\u0000',
    '\ud800',
    '\u2028',
    '\n',
  ],
  ...['line" | delete _msg', '{service="find"}', '_time:1y', 'line\\', '| limit 0', 'only'],
];

test('what a line claims to be is corrected and marked, and what is too much of it is cut off', async () => {
  const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`f${at}`, at]));
  await opened.write('marked', [
    line('another', { service: 'identity' }),
    'no JSON',
    line('x'.repeat(1_048_576)),
    line('many', many),
    line('\u001b[31mred\u0000 \u202eturned', { 'na\u0007me': 'va\u0007lue' }),
    line('in', {
      password: 'hunter2',
      url: 'postgres://me:pass@db/x',
      jwt: `eyJ${'a'.repeat(9)}.${'b'.repeat(9)}.c`,
    }),
    '"no object"',
  ]);
  const entries = await entriesOf('marked', 7);
  const [other, long, wide, red, secret, text] = [
    'another',
    'xxx',
    'many',
    '\ufffd',
    'in',
    '"',
  ].map((start) => entries.find(({ message }) => message.startsWith(start)));
  assert.deepEqual(other?.marks, [LogMark.SERVICE_CORRECTED]);
  assert.equal(other?.service, 'marked');
  assert.equal(other?.fields.claimedService, 'identity');
  assert.deepEqual(long?.marks, [LogMark.TRUNCATED]);
  assert.equal(long?.message, 'x'.repeat(limits.message));
  assert.deepEqual(wide?.marks, [LogMark.FIELDS_DROPPED]);
  assert.equal(Object.keys(wide?.fields ?? {}).length, limits.count);
  assert.equal(red?.message, '\ufffd[31mred\ufffd \ufffdturned');
  assert.deepEqual(red?.fields, { 'na\ufffdme': 'va\ufffdlue' });
  assert.deepEqual(secret?.marks, [LogMark.REDACTED]);
  assert.deepEqual(secret?.fields, {
    ...{ password: '[redacted]', url: 'postgres://me:[redacted]@db/x', jwt: '[redacted]' },
  });
  assert.deepEqual(text?.marks, [LogMark.UNPARSED, LogMark.TIME_CORRECTED]);
});

test('a service cannot make the store keep more names of fields than it may', async () => {
  const batch = (at: number) =>
    line('names', Object.fromEntries(Array.from({ length: 90 }, (_, n) => [`n${at}-${n}`, 1])));
  await opened.write(
    'names',
    Array.from({ length: 10 }, (_, at) => batch(at)),
  );
  const entries = await entriesOf('names', 10);
  const names = new Set(entries.flatMap(({ fields }) => Object.keys(fields)));
  assert.equal(names.size, limits.names);
  assert.deepEqual(entries.at(-1)?.marks, [LogMark.FIELDS_DROPPED]);
});

test('pages hold each line once, those of one moment too', async () => {
  const time = new Date().toISOString();
  await opened.write(
    'pages',
    Array.from({ length: 57 }, (_, at) => line(`page ${at}`, { time })),
  );
  await entriesOf('pages', 57);
  const paged = await opened.list({ services: ['pages'] }, 10);
  assert.deepEqual(
    paged.map(({ message }) => message),
    Array.from({ length: 57 }, (_, at) => `page ${at}`),
  );
});

test('the lines around one are those of its instance', async () => {
  const lines = Array.from({ length: 30 }, (_, at) =>
    line(`at ${at}`, { instance: `i-${at % 2}` }),
  );
  await opened.write('around', lines);
  const entries = await entriesOf('around', 30);
  const middle = entries.find(({ message }) => message === 'at 15');
  const request = { logEntryId: middle?.logEntryId ?? '', before: 2, after: 3 };
  const { logEntries = [] } = await opened.handlers.getLogContext(request, {} as CallContext);
  assert.deepEqual(
    logEntries.map(({ message }) => message),
    ['at 11', 'at 13', 'at 15', 'at 17', 'at 19', 'at 21'],
  );
  await assert.rejects(
    async () => opened.handlers.getLogContext({ ...request, logEntryId: '1-1' }, {} as CallContext),
    /no log entry/,
  );
});

test('the ledger accounts for every line, also to the next process, and what was sent twice is there once', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'weft-journal-'));
  const lines = [line('one'), line('two'), '{}', line('old', { time: '2001-01-01T00:00:00Z' })];
  const account = {
    ...{ accepted: 5, stored: 3, pending: 0, expired: 1, rejected: 1, repeated: 8, dropped: 7 },
  };
  let own = await openTestLogging(victoriaLogs.store, { folder });
  const assertAccount = (expected: object) =>
    eventually(() => assert.deepEqual(own.logging.ledger.accounts.get('brief'), expected));
  try {
    await own.write('brief', lines, 0, 7);
    await own.write('brief', lines, 0, 7);
    await own.write('brief', [...lines, line('three')]);
    await assertAccount(account);
    await own[Symbol.asyncDispose]();
    own = await openTestLogging(victoriaLogs.store, { folder });
    await assertAccount(account);
    // Who was not answered by the process before is known to this one.
    await own.write('brief', [line('three')], 4);
    await assertAccount({ ...account, repeated: 9 });
    await eventually(async () => {
      const entries = await own.list({ services: ['brief'] });
      assert.deepEqual(
        entries.map(({ message }) => message),
        ['one', 'two', 'three'],
      );
    });
  } finally {
    await own[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  }
});

test('a tail has each line once and in order, live, resumed and over deaths of the store and of logging', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'weft-journal-'));
  let own = await openTestLogging(victoriaLogs.store, { folder });
  const seen: string[] = [];
  let cursor = '';
  const tail = async (signal: AbortSignal) => {
    const messages = own.handlers.tailLogEntries(
      { filter: LogFilter.fromPartial({ services: ['tail'] }), after: cursor },
      { signal } as CallContext,
    ) as AsyncIterable<TailLogEntriesResponse>;
    for await (const message of messages) {
      cursor = message.cursor;
      seen.push(...message.logEntries.map((entry) => entry.message));
    }
  };
  const follow = () => {
    const stop = new AbortController();
    // As a client does: whoever is cut off resumes.
    const ended = (async () => {
      while (!stop.signal.aborted) await tail(stop.signal).catch(() => {});
    })();
    return () => {
      stop.abort();
      return ended;
    };
  };
  let written = 0;
  const write = async (count: number) => {
    const lines = Array.from({ length: count }, (_, at) => line(`tail ${written + at}`));
    await own.write('tail', lines, written);
    written += count;
  };
  const all = () => Array.from({ length: written }, (_, at) => `tail ${at}`);
  try {
    let leave = follow();
    await eventually(() => assert.notEqual(cursor, ''));
    await write(1_200);
    await eventually(() => assert.deepEqual(seen, all()));
    await write(100);
    await victoriaLogs.kill();
    await write(100);
    await victoriaLogs.run();
    await write(100);
    await eventually(() => assert.deepEqual(seen, all()), 30_000);
    await leave();
    await write(100);
    await own[Symbol.asyncDispose]();
    own = await openTestLogging(victoriaLogs.store, { folder });
    // What an earlier process took in is known again.
    await own.write('tail', [line(`tail ${written - 1}`)], written - 1);
    leave = follow();
    await write(100);
    await eventually(() => assert.deepEqual(seen, all()), 30_000);
    await leave();
    const history = (await own.list({ services: ['tail'] })).map(({ message }) => message);
    assert.deepEqual(history, all());
  } finally {
    await own[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  }
});
