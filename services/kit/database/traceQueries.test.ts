import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trace } from '@opentelemetry/api';
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node';
import { Kysely, PostgresDialect, sql } from 'kysely';
import { usePostgres } from '../testing/usePostgres.ts';
import { createPool } from './createPool.ts';
import { traceQueries } from './traceQueries.ts';

const postgres = usePostgres();

test('whoever looks at a slow call sees its statements, and no values of callers', async (t) => {
  const exporter = new InMemorySpanExporter();
  const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  provider.register();
  t.after(() => provider.shutdown());
  const url = await postgres.createDatabase();
  const pool = createPool({ url, applicationName: 'test', onConnectionError: () => {} });
  const database = new Kysely<unknown>({
    dialect: new PostgresDialect({ pool }),
    log: traceQueries,
  });
  t.after(() => database.destroy());
  await sql`select 'of no trace'`.execute(database);
  await trace.getTracer('test').startActiveSpan('call', async (call) => {
    await sql`select ${'secret'}::text`.execute(database);
    await assert.rejects(sql`select 1 / 0`.execute(database));
    call.end();
  });
  const spans = exporter.getFinishedSpans();
  const call = spans.find(({ name }) => name === 'call');
  const statements = spans.filter(({ name }) => name === 'postgresql select');
  assert.deepEqual(
    statements.map(({ attributes }) => attributes['db.query.text']),
    ['select $1::text', 'select 1 / 0'],
  );
  for (const span of statements) {
    assert.equal(span.parentSpanContext?.spanId, call?.spanContext().spanId);
  }
  assert.equal(statements[1]?.attributes['db.response.status_code'], '22012');
  assert.doesNotMatch(JSON.stringify(statements.map((each) => each.attributes)), /secret/);
});
