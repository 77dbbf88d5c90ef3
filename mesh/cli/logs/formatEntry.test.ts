import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LogEntry, LogLevel, LogMark } from '@weft/proto/logging/v1/log';
import { formatEntry } from './formatEntry.ts';

const entry = LogEntry.fromPartial({
  logEntryId: '1795975690123000000-1795975690124001',
  time: { seconds: 1_795_975_690, nanos: 123_000_000 },
  service: 'token',
  instance: 'token-1',
  level: LogLevel.WARN,
  message: 'token\ncreated \u001b[31m',
  traceId: '0af7651916cd43dd8448eb211c80319c',
  fields: { tokenId: '42', note: 'a "b"' },
  marks: [LogMark.SERVICE_CORRECTED],
});

test('a line of the log is one line, and nothing in it moves the cursor', () => {
  assert.equal(
    formatEntry(entry, false),
    '2026-11-29T18:08:10.123Z warn  token-1 token\\u000acreated \\u001b[31m tokenId=42 note="a \\"b\\"" ' +
      'trace=0af7651916cd43dd8448eb211c80319c (service corrected)',
  );
});

test('as JSON a line is all of it, with the id that its context is asked for by', () => {
  assert.deepEqual(JSON.parse(formatEntry(entry, true)), {
    ...{ logEntryId: entry.logEntryId, time: '2026-11-29T18:08:10.123Z', level: 'warn' },
    ...{ service: 'token', instance: 'token-1', message: entry.message, traceId: entry.traceId },
    ...{ fields: entry.fields, marks: ['service corrected'] },
  });
});
